//! Requests for access to gated repositories.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

use crate::{Extra, Timestamp};

/// A user's request for access to a gated repository.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct AccessRequest {
    /// The user who requested access; `None` if the repository does not share it.
    #[dataclass(wire = "user.user")]
    pub username: Option<String>,
    /// The id of the request, where the Hub sends it.
    pub request_id: Option<String>,
    /// The full name of the user who requested access.
    #[dataclass(wire = "user.fullname")]
    pub fullname: Option<String>,
    /// The e-mail address of the user; `None` if it is not shared, or if access was granted without a request.
    #[dataclass(wire = "user.email")]
    pub email: Option<String>,
    /// The time of creation.
    pub timestamp: Option<Timestamp>,
    /// The status.
    pub status: AccessRequestStatus,
    /// The user's entries in the form of the repository, as they were sent.
    pub fields: Option<Value>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The Hub's response to a grant of access that was not requested.
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
    /// The status of an [`AccessRequest`].
    pub enum AccessRequestStatus {
        /// Nobody has decided yet.
        Pending = "pending",
        /// It was accepted.
        Accepted = "accepted",
        /// It was rejected.
        Rejected = "rejected",
    }
}
