//! Variables and secrets: `--env`, `--env-file`, `--secrets`, `--secrets-file`.

use std::io::Read as _;
use std::path::Path;

use clap::Args;
use hf_api::{Error, HfApi, Result};
use serde_json::{Map, Value};

use crate::output::Output;

/// `--env` and `--env-file`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct EnvArgs {
    /// Set a variable: `KEY=VALUE`, or `KEY` for the value that it has here. May be repeated.
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    pub(crate) env: Vec<String>,
    /// Set the variables of this file, a line each as in `.env`; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<String>,
}

/// `--secrets` and `--secrets-file`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SecretArgs {
    /// Set a secret: `KEY` for the value that the variable has here (`HF_TOKEN` also that of the login), or `KEY=VALUE`,
    /// which others can see. May be repeated.
    #[arg(short, long, value_name = "KEY[=VALUE]")]
    pub(crate) secrets: Vec<String>,
    /// Set the secrets of this file, a line each as in `.env`; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    pub(crate) secrets_file: Option<String>,
}

/// Variables by name, in the order in which they were given.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Variables(Vec<(String, String)>);

/// The values may be secrets.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Variables {
    pub(crate) fn set(&mut self, name: String, value: String) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns them as the argument of a call; null if there are none.
    pub(crate) fn to_json(&self) -> Value {
        if self.is_empty() {
            return Value::Null;
        }
        let members = self
            .iter()
            .map(|(name, value)| (name.to_owned(), value.into()));
        Value::Object(members.collect::<Map<_, _>>())
    }

    /// Reads lines as in `.env`. A name without a value has the one that `environment` knows, and is left out otherwise.
    fn read(&mut self, text: &str, environment: &impl Fn(&str) -> Option<String>) {
        for (name, value) in text.lines().filter_map(parse_line) {
            if let Some(value) = value.or_else(|| environment(name)) {
                self.set(name.to_owned(), value);
            }
        }
    }
}

impl EnvArgs {
    /// Returns the variables: those of the file, then those of the line.
    pub(crate) fn read(&self, api: &HfApi, output: Output) -> Result<Variables> {
        read(&self.env, self.env_file.as_deref(), api, output)
    }
}

impl SecretArgs {
    /// Returns the secrets: those of the file, then those of the line.
    pub(crate) fn read(&self, api: &HfApi, output: Output) -> Result<Variables> {
        let shown = self.secrets.iter().find(|secret| secret.contains('='));
        if let Some((name, _)) = shown.and_then(|secret| secret.split_once('=')) {
            output.warn(&format!(
                "a secret on the command line is seen in the list of processes and in the history of the shell; \
                 `--secrets {name}` takes the value of the environment"
            ));
        }
        read(&self.secrets, self.secrets_file.as_deref(), api, output)
    }

    /// Returns the names that were given without a value and have none.
    pub(crate) fn missing(&self, known: &Variables) -> Vec<&str> {
        let names = self.secrets.iter().map(|name| name.trim());
        names
            .filter(|name| !name.contains('=') && !known.contains(name))
            .collect()
    }
}

fn read(lines: &[String], file: Option<&str>, api: &HfApi, output: Output) -> Result<Variables> {
    let environment = |name: &str| environment(name, api);
    let mut variables = Variables::default();
    if let Some(file) = file {
        variables.read(&read_file(file, output)?, &environment);
    }
    for line in lines {
        variables.read(line, &environment);
    }
    Ok(variables)
}

/// Returns the value of a variable here. `HF_TOKEN` is also known from the login.
pub(crate) fn environment(name: &str, api: &HfApi) -> Option<String> {
    let token = || api.client().token().map(|token| token.expose().to_owned());
    let login = if name == "HF_TOKEN" { token() } else { None };
    login.or_else(|| std::env::var(name).ok())
}

fn read_file(file: &str, output: Output) -> Result<String> {
    let reading = |error| Error::io(format_args!("reading `{file}`"), error);
    if file == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Error::io("reading variables from stdin", error))?;
        return Ok(text);
    }
    warn_if_others_can_read(Path::new(file), output).map_err(reading)?;
    let text = std::fs::read_to_string(file).map_err(reading)?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

#[cfg(unix)]
fn warn_if_others_can_read(file: &Path, output: Output) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let file = file.display();
        output.warn(&format!(
            "`{file}` is readable by other users (mode {mode:o}); `chmod 600 {file}` restricts it"
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_file: &Path, _output: Output) -> std::io::Result<()> {
    Ok(())
}

/// Reads `[export ]KEY[=VALUE]`. A line of another form has no meaning, as in Python.
fn parse_line(line: &str) -> Option<(&str, Option<String>)> {
    let line = line.trim();
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => line,
    };
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (name, rest) = line.split_at(line.find(|c| !is_of_name(c)).unwrap_or(line.len()));
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_start();
    match rest.strip_prefix('=') {
        Some(value) => Some((name, Some(parse_value(value)))),
        None if is_end(rest) => Some((name, None)),
        None => None,
    }
}

/// Whether nothing follows but a comment.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('#')
}

fn parse_value(text: &str) -> String {
    let trimmed = text.trim();
    let value = match quoted(trimmed) {
        Some(quoted) => quoted,
        None => before_comment(text),
    };
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inner) = inner('"') {
        return unescape(inner);
    }
    inner('\'').unwrap_or(value).to_owned()
}

/// Returns the quoted text at the start, with its quotes, if nothing but a comment follows.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let bytes = text.as_bytes();
    let (mut at, mut escaped, mut end) = (1, Vec::new(), None);
    while at < bytes.len() && end.is_none() {
        if bytes[at] == b'\\' && bytes.get(at + 1) == Some(&(quote as u8)) {
            escaped.push(at + 1);
            at += 2;
        } else {
            end = (bytes[at] == quote as u8).then_some(at);
            at += 1;
        }
    }
    // A quote behind a backslash is the end if there is no better one: `'C:\'`.
    let ends = end.into_iter().chain(escaped.into_iter().rev());
    let mut texts = ends.map(|end| text.split_at(end + 1));
    texts.find_map(|(quoted, rest)| is_end(rest.trim_start()).then_some(quoted))
}

fn before_comment(text: &str) -> &str {
    let mut after_space = false;
    for (at, c) in text.char_indices() {
        if c == '#' && after_space {
            return text[..at].trim();
        }
        after_space = c.is_whitespace();
    }
    text.trim()
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.clone().next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some(c @ ('"' | '\\' | '$')) => plain.push(c),
            // An unknown escape stays as it is.
            _ => {
                plain.push('\\');
                continue;
            }
        }
        chars.next();
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_python_reads_them() {
        let lines = r#"
            # a comment
            A=1
            export B = two words  # a comment
            C="x\n\"y\"\$ \q" # a comment
            D='it''s \n'
            E='C:\'
            F=a#b
            G= #c
            H
            I # known
            J="open
            1K=no
            K-L=no
            M=
            exported=1
            N='a\'b'
            A=last
        "#;
        let mut variables = Variables::default();
        variables.read(lines, &|name| (name == "I").then(|| "here".to_owned()));
        let known: Vec<_> = variables.iter().collect();
        assert_eq!(
            known,
            [
                ("A", "last"),
                ("B", "two words"),
                ("C", "x\n\"y\"$ \\q"),
                ("D", "it''s \\n"),
                ("E", "C:\\"),
                ("F", "a#b"),
                ("G", ""),
                ("I", "here"),
                ("J", "\"open"),
                ("M", ""),
                ("exported", "1"),
                ("N", "a\\'b"),
            ]
        );
    }

    #[test]
    fn values_are_not_shown() {
        let mut variables = Variables::default();
        variables.set("KEY".to_owned(), "hunter2".to_owned());
        assert_eq!(format!("{variables:?}"), r#"["KEY"]"#);
    }
}
