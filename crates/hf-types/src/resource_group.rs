//! Resource groups.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

/// A resource group of an Enterprise organization, as a repository refers to it.
///
/// It is written as the Hub sent it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct ResourceGroup {
    /// The id: hex digits.
    pub id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The number of users in it.
    pub num_users: Option<u64>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}
