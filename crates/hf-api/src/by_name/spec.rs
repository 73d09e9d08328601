//! Descriptions of calls.

use crate::{Error, Result};

/// One parameter of a call, as `hf call METHOD --help` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParamSpec {
    /// The name in Python.
    pub name: &'static str,
    /// The JSON type.
    pub kind: &'static str,
    /// The documentation: a noun phrase, or "Whether ...".
    pub doc: &'static str,
    /// Whether it is required.
    pub required: bool,
    /// The default, if it is not null.
    pub default: Option<&'static str>,
}

/// A call: its name, documentation and parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSpec {
    /// The snake_case name of the method.
    pub name: &'static str,
    /// The documentation, in Markdown.
    pub doc: &'static str,
    /// The parameters, the required ones among them in positional order.
    pub params: &'static [ParamSpec],
    /// Whether it takes `timeout`, the seconds each request may last.
    pub timeout: bool,
    /// Whether its result is a list that can be streamed.
    pub streams: bool,
}

impl CallSpec {
    /// Returns the first line of the documentation.
    pub fn summary(&self) -> &'static str {
        self.doc.lines().next().unwrap_or_default()
    }

    /// Returns the names that JSON arguments may have.
    pub fn argument_names(&self) -> impl Iterator<Item = &'static str> {
        self.params
            .iter()
            .map(|param| param.name)
            .chain(self.timeout.then_some("timeout"))
            .chain(std::iter::once("token"))
    }

    pub(crate) fn refuse(&self, what: &str) -> Error {
        Error::validation(format!("{}: {what}", self.name))
    }

    pub(crate) fn unknown_argument(&self, name: &str) -> Error {
        let error = self.refuse(&format!("there is no argument `{name}`"));
        match nearest(name, self.argument_names()) {
            Some(near) => error.with_hint(format!("Did you mean `{near}`?")),
            None => error.with_hint(format!(
                "Its arguments are: {}.",
                self.argument_names().collect::<Vec<_>>().join(", ")
            )),
        }
    }

    pub(crate) fn wrong_type<T>(&self, name: &str, kind: &str, found: &str) -> Result<T> {
        Err(self.refuse(&format!("`{name}` must be {kind}, not {found}")))
    }
}

/// Returns the known name that is most similar to `name`.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
