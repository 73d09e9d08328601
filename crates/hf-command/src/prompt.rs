//! Questions to a person.

use std::io::{self, BufRead as _, IsTerminal as _};

use hf_api::Error;

use crate::failure::{Done, Failure};
use crate::output::{Mode, Output, write_stderr};
use crate::session;

/// Asks before something is deleted; `yes` confirms in advance.
///
/// # Errors
/// `Declined` if the reply is no, and `Validation` where nobody can be asked: with `--json`, `--quiet` or
/// `--format agent`, and where stdin is not a terminal.
pub(crate) fn confirm(question: &str, yes: bool, output: Output) -> Done {
    if yes {
        return Ok(());
    }
    if output.mode != Mode::Human || !io::stdin().is_terminal() {
        let why = format!("nobody is here to reply: {question}");
        return Err(session::needs("--yes", &why).into());
    }
    match ask(&format!("{question} [y/N]: "))? {
        Some(reply) if is_yes(&reply) => Ok(()),
        _ => Err(Failure::Declined),
    }
}

/// The same in a command that makes requests: Ctrl-C ends the command while the question stands.
pub(crate) async fn confirm_async(question: String, yes: bool, output: Output) -> Done {
    in_background(move || confirm(&question, yes, output)).await
}

/// Runs what waits for a person on a thread of its own, so that Ctrl-C is heard.
pub(crate) async fn in_background<T: Send + 'static, E: From<Error> + Send + 'static>(
    question: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    tokio::task::spawn_blocking(question)
        .await
        .unwrap_or_else(|_| Err(Error::validation("there was no reply to the question").into()))
}

/// Asks on stderr, and returns the line that was typed; `None` at the end of stdin.
pub(crate) fn ask(question: &str) -> Result<Option<String>, Error> {
    let reading = |error| Error::io("reading the reply", error);
    write_stderr(question);
    let mut reply = String::new();
    let length = io::stdin().lock().read_line(&mut reply).map_err(reading)?;
    Ok((length > 0).then(|| reply.trim().to_owned()))
}

fn is_yes(reply: &str) -> bool {
    reply.eq_ignore_ascii_case("y") || reply.eq_ignore_ascii_case("yes")
}
