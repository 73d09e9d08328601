//! Files from the chunks of a store.
