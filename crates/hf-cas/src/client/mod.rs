//! Tokens and routes of a store.
