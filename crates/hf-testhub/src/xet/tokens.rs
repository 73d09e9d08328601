//! Tokens of the content store: what each may do, and for how long.
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::blob::mix;
use crate::names::RepoName;

/// What a token of the store was given for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// A repository at a revision; `None` where a pull request is still to be opened.
    Repo(RepoName, Option<String>),
    /// A bucket by its id.
    Bucket(String),
}

impl Scope {
    /// The whole repository or bucket.
    pub(crate) fn without_revision(&self) -> Self {
        match self {
            Self::Repo(name, _) => Self::Repo(name.clone(), None),
            Self::Bucket(id) => Self::Bucket(id.clone()),
        }
    }
}

/// A token of the store.
#[derive(Clone, Debug)]
pub(crate) struct CasToken {
    pub(crate) scope: Scope,
    pub(crate) write: bool,
    expires: Timestamp,
    generation: u64,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It was never given.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl Refused {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Unknown => "Invalid access token",
            Self::Expired => "Access token has expired",
            Self::Revoked => "Access token was revoked",
        }
    }
}

/// A token as it is handed out.
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires: Timestamp,
}

/// All tokens that were handed out.
#[derive(Default)]
pub(crate) struct CasTokens {
    known: HashMap<String, CasToken>,
    /// Tokens of another generation are revoked.
    generation: u64,
}

impl CasTokens {
    pub(crate) fn issue(&mut self, scope: Scope, write: bool, lifetime: SignedDuration) -> Issued {
        let number = self.known.len() as u64;
        let permission = if write { "write" } else { "read" };
        let token = format!("xet_testhub{permission}{:016x}", mix(number));
        let expires = Timestamp::now()
            .saturating_add(lifetime)
            .unwrap_or(Timestamp::MAX);
        let known = CasToken {
            scope,
            write,
            expires,
            generation: self.generation,
        };
        self.known.insert(token.clone(), known);
        Issued { token, expires }
    }

    pub(crate) fn check(&self, token: &str) -> Result<&CasToken, Refused> {
        let known = self.known.get(token).ok_or(Refused::Unknown)?;
        if known.generation != self.generation {
            return Err(Refused::Revoked);
        }
        // Whole seconds, as the Hub tells them.
        if Timestamp::now().as_second() >= known.expires.as_second() {
            return Err(Refused::Expired);
        }
        Ok(known)
    }

    pub(crate) fn revoke_all(&mut self) {
        self.generation += 1;
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }
}
