//! The system's `ssh`, in place of this program.

use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use hf_api::Error;

use crate::failure::{Done, Failure};
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct SshOptions {
    /// The file of the private key.
    #[arg(short, long, value_name = "FILE")]
    identity_file: Option<PathBuf>,
    /// Only print the command.
    #[arg(long)]
    dry_run: bool,
}

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    /// `user@host`
    address: String,
    port: Option<u16>,
}

impl Destination {
    /// Checks `user@host`, which comes from the Hub and must not be an option of `ssh` or two words.
    pub(crate) fn new(address: &str, port: Option<u16>) -> Result<Self, Error> {
        let is_of_address = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
        if address.is_empty() || address.starts_with('-') || !address.chars().all(is_of_address) {
            return Err(Error::decode(format!("`{address}` is no address for ssh")));
        }
        Ok(Self {
            address: address.to_owned(),
            port,
        })
    }

    /// Reads `ssh://user@host:port`.
    pub(crate) fn from_url(url: &str) -> Result<Self, Error> {
        let rest = url.strip_prefix("ssh://").unwrap_or(url);
        let rest = rest.split('/').next().unwrap_or_default();
        match rest.rsplit_once(':') {
            Some((address, port)) => {
                let wrong = |_| Error::decode(format!("`{url}` is no URL for ssh"));
                Self::new(address, Some(port.parse().map_err(wrong)?))
            }
            None => Self::new(rest, None),
        }
    }
}

/// Connects, or prints how to. The exit status is that of `ssh`.
pub(crate) fn connect(to: &Destination, options: &SshOptions, output: Output) -> Done {
    let mut words: Vec<std::ffi::OsString> = Vec::new();
    if let Some(file) = &options.identity_file {
        words.extend(["-i".into(), file.into()]);
    }
    if let Some(port) = to.port {
        words.extend(["-p".into(), port.to_string().into()]);
    }
    words.push(to.address.clone().into());
    let shown = words.iter().map(|word| quoted(&word.to_string_lossy()));
    let shown = format!("ssh {}", shown.collect::<Vec<_>>().join(" "));
    if options.dry_run {
        return Ok(output.text("command", &shown)?);
    }
    output.note(&format!("Running `{shown}`"));
    let status = Command::new("ssh")
        .args(&words)
        .status()
        .map_err(|error| Error::io("running `ssh`", error))?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Status(
            code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        )),
    }
}

/// Quotes a word for a shell, if it needs that.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@%_-+=:,./".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_the_shell() {
        for (word, shown) in [
            ("a.b/c@d", "a.b/c@d"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "'it'\"'\"'s'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }

    #[test]
    fn addresses_are_no_options() {
        let to = Destination::from_url("ssh://job-1@ssh.hf.space:2222/x").unwrap();
        assert_eq!(
            to,
            Destination::new("job-1@ssh.hf.space", Some(2222)).unwrap()
        );
        for url in [
            "ssh://-oProxyCommand=x",
            "ssh://a b",
            "ssh://a@b:port",
            "",
            "ssh://",
        ] {
            assert!(Destination::from_url(url).is_err(), "{url}");
        }
    }
}
