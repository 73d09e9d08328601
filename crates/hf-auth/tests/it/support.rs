//! A Hub, a folder for tokens, and responses of the OAuth endpoints.

use std::path::PathBuf;

use hf_auth::{StoredToken, TokenStore};
use hf_testhub::{CannedResponse, Fault, TestHub};
use hf_transport::{Client, Config, Token};
use http::Method;

pub(crate) struct World {
    pub(crate) hub: TestHub,
    pub(crate) store: TokenStore,
    home: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            hub: TestHub::start().await,
            store: TokenStore::new(home.path().join("token")),
            home,
        }
    }

    /// A client that reads the token file.
    pub(crate) fn client(&self) -> Client {
        let config = Config::in_folder(self.home.path());
        Client::builder()
            .config(config)
            .endpoint(self.hub.endpoint())
            .build()
            .unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The next responses of an OAuth endpoint, in order.
    pub(crate) fn oauth(&self, path: &str, responses: impl IntoIterator<Item = CannedResponse>) {
        for response in responses {
            self.hub
                .fault(Fault::on(Method::POST, path).respond(response));
        }
    }

    /// The bodies that were sent to a path.
    pub(crate) fn bodies(&self, path: &str) -> Vec<String> {
        let requests = self.hub.requests();
        let of_path = requests.iter().filter(|request| request.path == path);
        of_path
            .map(|request| String::from_utf8(request.body.to_vec()).unwrap())
            .collect()
    }
}

pub(crate) fn token(text: &str) -> Token {
    Token::new(text).unwrap()
}

/// A token of a login by browser.
pub(crate) fn oauth_token(name: &str, text: &str, refresh: &str, expires_at: u64) -> StoredToken {
    let mut stored = StoredToken::new(name, token(text));
    stored.refresh_token = Some(token(refresh));
    stored.expires_at = Some(expires_at);
    stored
}

pub(crate) fn json(status: u16, text: &str) -> CannedResponse {
    CannedResponse::status(status)
        .header("content-type", "application/json")
        .body(text.to_owned())
}

pub(crate) fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
