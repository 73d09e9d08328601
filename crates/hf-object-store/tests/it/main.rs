//! `HubStore` against the embedded Hub.

mod buckets;
mod commits;
mod conformance;
mod faults;
mod listing;
mod reading;
mod roots;
mod safetensors;
mod support;
