//! `hf auth logout`.

use clap::Args;
use hf_api::transport::Client;
use hf_api::{Error, ErrorKind};
use hf_auth::{TokenStore, git};
use serde_json::json;

use crate::failure::Done;
use crate::output::{Facts, Mode, Output};
use crate::session;

#[derive(Debug, Args)]
pub(crate) struct LogoutArgs {
    /// The stored token to forget; all of them without it.
    #[arg(long, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::token_names))]
    token_name: Option<String>,
}

pub(crate) fn run(args: LogoutArgs, output: Output) -> Done {
    let client = Client::new()?;
    let store = TokenStore::from_config(client.config());
    let before = store.active()?;
    let forgotten: Vec<String> = if let Some(name) = args.token_name {
        if !store.remove(&name)? {
            let path = store.stored_path().display();
            let error = Error::new(
                ErrorKind::FileNotFound,
                format!("no token `{name}` is stored in {path}"),
            );
            return Err(error
                .with_hint("`hf auth list` shows those that are")
                .into());
        }
        vec![name]
    } else {
        let names = store
            .list()?
            .into_iter()
            .map(|stored| stored.name)
            .collect::<Vec<_>>();
        if before.is_none() && names.is_empty() {
            output.warn("nobody is logged in");
            return report(&[], output);
        }
        store.clear()?;
        names
    };
    // Git knows one token of the Hub. It goes if it may be the one that is forgotten.
    if before.is_some()
        && store.active()?.is_none()
        && let Err(error) = git::reject_credential(client.endpoint())
    {
        output.warn(&format!("git may still know the token: {error}"));
    }
    match &forgotten[..] {
        [name] => output.note(&format!("Logged out from the token `{name}`.")),
        _ => output.note("Logged out from all tokens."),
    }
    if let Some(name) = session::token_variable(&client) {
        output.warn(&format!(
            "the environment variable {name} is set, and its token is still used"
        ));
    }
    report(&forgotten, output)
}

fn report(forgotten: &[String], output: Output) -> Done {
    if output.mode == Mode::Json {
        output.object(&Facts::from([("removed", json!(forgotten))]))?;
    }
    Ok(())
}
