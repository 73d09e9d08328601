//! What a store has already.
