#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod device;
pub mod git;
mod ini;
mod login;
mod oauth;
mod oidc;
mod refresh;
mod secret_file;
mod store;

pub use device::DeviceCode;
pub use login::{LoggedIn, Login};
pub use oauth::{CLIENT_ID, OAuthToken};
pub use oidc::TrustedPublisher;
pub use refresh::{refresh, with_fresh_token};
pub use store::{StoredToken, TokenStore};
