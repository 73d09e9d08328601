#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod builder;
mod change;
mod content;
mod entry;
mod error;
mod inner;
mod location;
mod options;
mod queue;
mod read;
mod registry;
mod root;
mod store;
mod view;
mod write;

pub use builder::HubStoreBuilder;
pub use location::{HubLocation, parse_url};
pub use options::CommitPolicy;
pub use registry::HubRegistry;
pub use root::HubRoot;
pub use store::HubStore;
