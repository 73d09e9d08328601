//! The token of a call.

use std::fmt;

use crate::{Token, TokenMode};

/// The argument of `.token(..)`: a [`Token`], its text, or a [`TokenMode`].
///
/// Text that cannot be a token is reported as a `Validation` error when the call
/// runs.
#[derive(Clone)]
pub struct TokenArg(pub(super) Result<TokenMode, Malformed>);

/// The reason why a text is not a token, without the text.
#[derive(Clone)]
pub(super) struct Malformed(pub(super) String);

impl fmt::Debug for TokenArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(mode) => mode.fmt(f),
            Err(Malformed(problem)) => f.write_str(problem),
        }
    }
}

impl From<TokenMode> for TokenArg {
    fn from(mode: TokenMode) -> Self {
        Self(Ok(mode))
    }
}

impl From<Token> for TokenArg {
    fn from(token: Token) -> Self {
        Self(Ok(TokenMode::Explicit(token)))
    }
}

impl From<&Token> for TokenArg {
    fn from(token: &Token) -> Self {
        token.clone().into()
    }
}

impl From<&str> for TokenArg {
    fn from(text: &str) -> Self {
        match Token::new(text) {
            Ok(token) => token.into(),
            Err(error) => Self(Err(Malformed(error.message().to_owned()))),
        }
    }
}

impl From<String> for TokenArg {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for TokenArg {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}
