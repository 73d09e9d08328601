//! The files in which tokens are kept.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use hf_transport::{Config, Error, ErrorKind, Result, Token};

use crate::ini::{self, Fields, Sections};
use crate::secret_file;

const TOKEN: &str = "hf_token";
const REFRESH_TOKEN: &str = "refresh_token";
const EXPIRES_AT: &str = "expires_at";

/// The token file and the file of stored tokens, shared with Python's `huggingface_hub`.
///
/// `token` holds the active token. `stored_tokens`, beside it, holds every token that was ever logged in with, by name.
/// Both are readable by their owner only and replaced in one step. Changes of `stored_tokens` are made under a lock that
/// Python takes, too. A file that does not follow the format is an error and left as it is.
///
/// ```
/// use hf_auth::{StoredToken, TokenStore};
/// use hf_transport::Token;
/// # let home = tempfile::tempdir()?;
/// let store = TokenStore::new(home.path().join("token"));
/// store.save(StoredToken::new("laptop", Token::new("hf_example")?))?;
/// store.activate("laptop")?;
/// assert_eq!(store.active()?.unwrap().expose(), "hf_example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStore {
    token_path: PathBuf,
    stored_path: PathBuf,
}

/// A token with the name that it is stored under.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredToken {
    /// The name: that of the token on the Hub, or `oauth-USER` for a login by browser.
    pub name: String,
    /// The token.
    pub token: Token,
    /// The token that buys the next one, for a login by browser.
    pub refresh_token: Option<Token>,
    /// When the token expires, in seconds since the start of 1970.
    pub expires_at: Option<u64>,
}

impl StoredToken {
    /// Creates a token that does not expire.
    pub fn new(name: impl Into<String>, token: Token) -> Self {
        Self {
            name: name.into(),
            token,
            refresh_token: None,
            expires_at: None,
        }
    }

    /// Returns the token with all but its ends hidden: `hf_****1234`.
    pub fn masked(&self) -> String {
        let token = self.token.expose();
        // Tokens are ASCII. A short one has no part that could be shown.
        match (token.get(..3), token.get(token.len().saturating_sub(4)..)) {
            (Some(start), Some(end)) if token.len() >= 12 => format!("{start}****{end}"),
            _ => "****".to_owned(),
        }
    }

    fn parse(name: &str, fields: &Fields) -> Result<Self> {
        let field = |key: &str| {
            fields
                .iter()
                .find(|(known, _)| known == key)
                .map(|(_, value)| value)
        };
        let token = field(TOKEN).map(String::as_str).unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            token: Token::new(token)?,
            refresh_token: field(REFRESH_TOKEN).map(Token::new).transpose()?,
            // A date that is none only means that the token is not renewed.
            expires_at: field(EXPIRES_AT).and_then(|text| text.parse().ok()),
        })
    }

    fn fields(&self) -> Fields {
        let mut fields = vec![(TOKEN.to_owned(), self.token.expose().to_owned())];
        if let Some(token) = &self.refresh_token {
            fields.push((REFRESH_TOKEN.to_owned(), token.expose().to_owned()));
        }
        if let Some(at) = self.expires_at {
            fields.push((EXPIRES_AT.to_owned(), at.to_string()));
        }
        fields
    }
}

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken")
            .field("name", &self.name)
            .field("token", &self.token)
            .field("refresh_token", &self.refresh_token)
            .field("expires_at", &self.expires_at)
            .finish()
    }
}

impl TokenStore {
    /// Creates a store of the token file at `token_path` and of `stored_tokens` beside it. Neither has to exist.
    pub fn new(token_path: impl Into<PathBuf>) -> Self {
        let token_path = token_path.into();
        Self {
            stored_path: token_path.with_file_name("stored_tokens"),
            token_path,
        }
    }

    /// Creates the store that the environment names: `HF_TOKEN_PATH`, or `$HF_HOME/token`.
    pub fn from_config(config: &Config) -> Self {
        Self::new(&config.token_path)
    }

    /// Returns the path of the file of the active token.
    pub fn token_path(&self) -> &Path {
        &self.token_path
    }

    /// Returns the path of the file of all tokens.
    pub fn stored_path(&self) -> &Path {
        &self.stored_path
    }

    /// Returns the active token, if there is one.
    ///
    /// # Errors
    /// `Io` if the file cannot be read, `Validation` if it holds something else.
    pub fn active(&self) -> Result<Option<Token>> {
        match std::fs::read_to_string(&self.token_path) {
            Ok(text) if text.trim().is_empty() => Ok(None),
            Ok(text) => Token::new(text).map(Some).map_err(|error| {
                error.with_context(format_args!("token file {}", self.token_path.display()))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.io("cannot read", &self.token_path, error)),
        }
    }

    /// Returns all stored tokens, sorted by name. Sections without a usable token are left out.
    ///
    /// # Errors
    /// `Io` if the file cannot be read or does not follow the format.
    pub fn list(&self) -> Result<Vec<StoredToken>> {
        let sections = self.sections()?;
        Ok(sections
            .iter()
            .filter_map(|(name, fields)| StoredToken::parse(name, fields).ok())
            .collect())
    }

    /// Returns the token of this name, if it is stored.
    ///
    /// # Errors
    /// As [`list`](Self::list); `Validation` for a section without a usable token.
    pub fn get(&self, name: &str) -> Result<Option<StoredToken>> {
        let sections = self.sections()?;
        let found = sections
            .get(name)
            .map(|fields| StoredToken::parse(name, fields));
        found.transpose().map_err(|error| {
            error.with_context(format_args!(
                "the token `{name}` in {}",
                self.stored_path.display()
            ))
        })
    }

    /// Stores a token under its name, in place of what was stored under that name. It does not become active.
    ///
    /// # Errors
    /// `Validation` for a name that the format cannot hold, `Io` if the files cannot be read or written.
    pub fn save(&self, token: StoredToken) -> Result<()> {
        let _lock = self.lock()?;
        self.save_locked(token)
    }

    pub(crate) fn save_locked(&self, token: StoredToken) -> Result<()> {
        check_name(&token.name)?;
        let mut sections = self.sections()?;
        let fields = token.fields();
        sections.insert(token.name, fields);
        self.write(&sections)
    }

    /// Makes a stored token the active one.
    ///
    /// # Errors
    /// `Validation` if no token of this name is stored; `Io` if the files cannot be read or written.
    pub fn activate(&self, name: &str) -> Result<StoredToken> {
        let Some(token) = self.get(name)? else {
            let known: Vec<_> = self.sections()?.into_keys().collect();
            let error = Error::validation(format!(
                "no token `{name}` is stored in {}",
                self.stored_path.display()
            ));
            return Err(match &known[..] {
                [] => error.with_hint("log in first"),
                known => error.with_hint(format!("these are: {}", known.join(", "))),
            });
        };
        self.set_active(&token.token)?;
        Ok(token)
    }

    pub(crate) fn set_active(&self, token: &Token) -> Result<()> {
        secret_file::write(&self.token_path, token.expose())
            .map_err(|error| self.io("cannot write", &self.token_path, error))
    }

    /// Forgets a stored token. If it is the active one, the token file is removed, too. Returns whether a token of this
    /// name was stored.
    ///
    /// # Errors
    /// `Io` if the files cannot be read or written.
    pub fn remove(&self, name: &str) -> Result<bool> {
        let _lock = self.lock()?;
        let mut sections = self.sections()?;
        let Some(fields) = sections.remove(name) else {
            return Ok(false);
        };
        // The token file first: what is interrupted in between can be repeated.
        let removed = StoredToken::parse(name, &fields)
            .ok()
            .map(|stored| stored.token);
        if removed.is_some() && self.active()? == removed {
            self.remove_active()?;
        }
        self.write(&sections)?;
        Ok(true)
    }

    /// Forgets all tokens: removes both files.
    ///
    /// # Errors
    /// `Io` if a file cannot be removed.
    pub fn clear(&self) -> Result<()> {
        let _lock = self.lock()?;
        self.remove_active()?;
        secret_file::remove(&self.stored_path)
            .map_err(|error| self.io("cannot remove", &self.stored_path, error))
    }

    fn remove_active(&self) -> Result<()> {
        secret_file::remove(&self.token_path)
            .map_err(|error| self.io("cannot remove", &self.token_path, error))
    }

    /// Waits for the lock of `stored_tokens`, at most 30 s.
    pub(crate) fn lock(&self) -> Result<Option<File>> {
        secret_file::lock(&self.stored_path)
            .map_err(|error| self.io("cannot lock", &self.stored_path, error))
    }

    fn sections(&self) -> Result<Sections> {
        let text = match std::fs::read(&self.stored_path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|_| self.malformed("it is not UTF-8"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Sections::new()),
            Err(error) => return Err(self.io("cannot read", &self.stored_path, error)),
        };
        ini::parse(&text)
            .map_err(|error| self.malformed(&format!("{} in line {}", error.what, error.line)))
    }

    fn write(&self, sections: &Sections) -> Result<()> {
        secret_file::write(&self.stored_path, &ini::write(sections))
            .map_err(|error| self.io("cannot write", &self.stored_path, error))
    }

    fn malformed(&self, what: &str) -> Error {
        let path = self.stored_path.display();
        Error::new(
            ErrorKind::Io,
            format!("{path} does not follow the format of stored tokens: {what}"),
        )
        .with_hint("correct it, or remove it and log in again; it was left as it is")
    }

    #[expect(
        clippy::unused_self,
        reason = "every message of this type is made here"
    )]
    fn io(&self, what: &str, path: &Path, error: io::Error) -> Error {
        Error::io(format_args!("{what} {}", path.display()), error)
    }
}

/// Whether the format can hold this name as the title of a section.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name != ini::DEFAULT
        && !name.contains(char::is_control)
        && name.trim() == name
}

fn check_name(name: &str) -> Result<()> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::validation(format!(
        "a token cannot be stored under the name {name:?}: it must not be empty, `{}`, or have control characters or \
         spaces around it",
        ini::DEFAULT
    )))
}
