//! Requests for access to gated repositories.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

use crate::{Extra, Timestamp};

/// A user's request for access to a gated repository.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct AccessRequest {
    /// Who asked; `None` if the repository does not share it.
    #[dataclass(wire = "user.user")]
    pub username: Option<String>,
    /// What names the request, where the Hub says it.
    pub request_id: Option<String>,
    /// The full name of who asked.
    #[dataclass(wire = "user.fullname")]
    pub fullname: Option<String>,
    /// The address of who asked; `None` if not shared, or if access was granted without a request.
    #[dataclass(wire = "user.email")]
    pub email: Option<String>,
    /// When it was made.
    pub timestamp: Option<Timestamp>,
    /// What became of it.
    pub status: AccessRequestStatus,
    /// The answers to the repository's own questions, as sent.
    pub fields: Option<Value>,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// What the Hub returns when access is granted to a user who did not ask for it.
///
/// The Hub documents no member of it and sends an empty object at present; what it may add is kept in `raw`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct GrantedAccess {
    /// The status of the access, where the Hub sends it.
    pub status: Option<AccessRequestStatus>,
    /// The whole response, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

open_enum! {
    /// What became of an [`AccessRequest`].
    pub enum AccessRequestStatus {
        /// Nobody decided yet.
        Pending = "pending",
        /// It was granted.
        Accepted = "accepted",
        /// It was refused.
        Rejected = "rejected",
    }
}
