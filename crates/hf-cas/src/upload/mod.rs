//! Files into a store.
