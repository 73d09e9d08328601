//! Requests for access to gated repositories.

use hf_macros::Dataclass;
use serde_json::Value;

use crate::{Extra, Timestamp};

/// A user's request for access to a gated repository.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
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
