//! The account behind a token.

use hf_macros::Dataclass;
use serde_json::{Map, Value};

use crate::Timestamp;

/// The account that a token belongs to, as `whoami` returns it.
///
/// Which fields the Hub sends depends on the kind of token (`auth`) and on what it may see. It is written as the Hub
/// sent it: see [`WhoAmI::raw`].
///
/// ```
/// use hf_types::WhoAmI;
/// let me: WhoAmI = serde_json::from_str(r#"{"type": "user", "name": "julien-c", "orgs": [{"name": "huggingface"}],
///     "auth": {"type": "access_token", "accessToken": {"displayName": "laptop", "role": "read"}}}"#)?;
/// assert_eq!(me.name, "julien-c");
/// assert_eq!(me.orgs[0].name, "huggingface");
/// assert_eq!(me.access_token.unwrap().role.as_deref(), Some("read"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct WhoAmI {
    /// The name on the Hub: the namespace of the account's repositories.
    #[dataclass(default)]
    pub name: String,
    /// `user`, `org` or `app`.
    pub r#type: Option<String>,
    /// The account's id: hex digits.
    pub id: Option<String>,
    /// The full name.
    pub fullname: Option<String>,
    /// The e-mail address, where the token may see it.
    pub email: Option<String>,
    /// Whether the e-mail address was confirmed.
    pub email_verified: Option<bool>,
    /// Whether the account has a means of payment.
    pub can_pay: Option<bool>,
    /// `prepaid` or `postpaid`.
    pub billing_mode: Option<String>,
    /// When the current billing period ends, in seconds since the start of 1970.
    pub period_end: Option<u64>,
    /// Whether the user has a PRO subscription.
    pub is_pro: Option<bool>,
    /// The URL of the picture.
    pub avatar_url: Option<String>,
    /// The organizations that the token can act for.
    #[dataclass(default)]
    pub orgs: Vec<WhoAmIOrg>,
    /// How the request was authenticated: `access_token`, `oauth`, ...
    #[dataclass(wire = "auth.type")]
    pub auth_type: Option<String>,
    /// The access token, where one was used.
    #[dataclass(wire = "auth.accessToken")]
    pub access_token: Option<AccessTokenInfo>,
    /// When an OAuth token expires.
    #[dataclass(wire = "auth.expiresAt")]
    pub expires_at: Option<Timestamp>,
    /// The whole response, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

/// An organization in [`WhoAmI::orgs`].
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct WhoAmIOrg {
    /// The name on the Hub.
    #[dataclass(default)]
    pub name: String,
    /// The organization's id: hex digits.
    pub id: Option<String>,
    /// The full name.
    pub fullname: Option<String>,
    /// The e-mail address, where the token may see it.
    pub email: Option<String>,
    /// Whether the organization has a means of payment.
    pub can_pay: Option<bool>,
    /// The URL of the picture.
    pub avatar_url: Option<String>,
    /// The plan: `team`, `enterprise`, ...
    pub plan: Option<String>,
    /// The account's role in it: `admin`, `write`, `contributor`, `read`.
    pub role_in_org: Option<String>,
    /// Whether it is an enterprise organization.
    pub is_enterprise: Option<bool>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

/// Information about an access token. It never contains the token itself.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct AccessTokenInfo {
    /// The name that its owner gave it.
    pub display_name: Option<String>,
    /// `read`, `write` or `fineGrained`.
    pub role: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// The scopes of a fine-grained token, as they were sent.
    pub fine_grained: Option<Value>,
    /// The whole object, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}
