//! The credential helpers of git, so that `git push` to the Hub needs no password.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use hf_transport::{Endpoint, Token};

/// The user name that credentials of the Hub are kept under. The Hub looks at the token only.
const USER: &str = "hf_user";

/// Returns the helpers that git is configured to keep credentials in, sorted: `store`, `osxkeychain`, ...
///
/// Runs `git config --list`, in `folder` if one is given.
///
/// # Errors
/// If git cannot be run or reports an error.
pub fn credential_helpers(folder: Option<&Path>) -> io::Result<Vec<String>> {
    let output = git(&["config", "--list"], folder).output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(io::Error::other(format!(
            "git config --list failed: {message}"
        )));
    }
    Ok(helpers_of(&String::from_utf8_lossy(&output.stdout)))
}

fn helpers_of(config: &str) -> Vec<String> {
    let mut helpers: Vec<_> = config
        .lines()
        .filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            let helper = value.split_whitespace().next()?;
            key.trim()
                .eq_ignore_ascii_case("credential.helper")
                .then(|| helper.to_owned())
        })
        .collect();
    helpers.sort_unstable();
    helpers.dedup();
    helpers
}

/// Keeps a token in all credential helpers of git.
///
/// Runs `git credential approve`. The token is written to its standard input, where no list of processes shows it.
///
/// # Errors
/// If git cannot be run or reports an error.
pub fn approve_credential(endpoint: &Endpoint, token: &Token) -> io::Result<()> {
    credential("approve", endpoint, Some(token))
}

/// Removes the Hub's credentials from all credential helpers of git.
///
/// Runs `git credential reject`.
///
/// # Errors
/// If git cannot be run or reports an error.
pub fn reject_credential(endpoint: &Endpoint) -> io::Result<()> {
    credential("reject", endpoint, None)
}

fn credential(action: &str, endpoint: &Endpoint, token: Option<&Token>) -> io::Result<()> {
    let mut git = git(&["credential", action], None)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut text = format!(
        "url={}\nusername={USER}\n",
        endpoint.as_str().trim_end_matches('/')
    );
    if let Some(token) = token {
        text.push_str("password=");
        text.push_str(token.expose());
        text.push('\n');
    }
    text.push('\n');
    // Dropped at once, which ends git's input.
    let written = git
        .stdin
        .take()
        .map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()));
    let status = git.wait()?;
    written?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "git credential {action} failed: {status}"
        )))
    }
}

fn git(args: &[&str], folder: Option<&Path>) -> Command {
    let mut git = Command::new("git");
    git.args(args)
        // It must not ask: nobody may be there.
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(folder) = folder {
        git.current_dir(folder);
    }
    git
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_read_from_the_configuration() {
        let config = "user.name=me\ncredential.helper=store\nCredential.Helper=/usr/lib/git-core/cache --timeout 3\n\
                      credential.https://x.helper=other\ncredential.helper=\ncredential.helper=store\n";
        assert_eq!(helpers_of(config), ["/usr/lib/git-core/cache", "store"]);
    }
}
