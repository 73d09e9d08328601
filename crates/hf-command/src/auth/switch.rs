//! `hf auth switch`.

use std::io::{self, IsTerminal as _};

use clap::Args;
use hf_api::transport::Client;
use hf_api::{Error, Result};
use hf_auth::{StoredToken, TokenStore};
use serde_json::json;

use crate::failure::Done;
use crate::output::{Facts, Mode, Output};
use crate::{prompt, session};

#[derive(Debug, Args)]
pub(crate) struct SwitchArgs {
    /// The stored token to use from now on.
    #[arg(long, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::token_names))]
    token_name: Option<String>,
    /// Keep the token in git's credential helpers, too.
    #[arg(long, overrides_with = "no_add_to_git_credential")]
    add_to_git_credential: bool,
    #[arg(long, hide = true)]
    no_add_to_git_credential: bool,
}

pub(crate) async fn run(args: SwitchArgs, output: Output) -> Done {
    let client = Client::new()?;
    let store = TokenStore::from_config(client.config());
    let name = if let Some(name) = args.token_name {
        name
    } else {
        let stored = store.list()?;
        if stored.is_empty() {
            output.note("No stored tokens.");
            output.hint("`hf auth login` logs in");
            return Ok(());
        }
        if output.mode != Mode::Human || !io::stdin().is_terminal() {
            return Err(session::needs("--token-name", "nobody is here to choose a token").into());
        }
        prompt::in_background(move || choose(&stored)).await?
    };
    let stored = store.activate(&name)?;
    if args.add_to_git_credential {
        super::keep_for_git(&client, &stored.token, output);
    }
    if output.mode == Mode::Json {
        output.object(&Facts::from([("token_name", json!(name))]))?;
    }
    output.note(&format!("The current active token is: `{name}`"));
    if let Some(variable) = session::token_variable(&client)
        && client.token() != Some(&stored.token)
    {
        output.warn(&format!(
            "the environment variable {variable} is set, and its token is used in place of this one"
        ));
    }
    Ok(())
}

fn choose(stored: &[StoredToken]) -> Result<String> {
    let names = stored
        .iter()
        .enumerate()
        .map(|(i, stored)| format!("  {}) {}\n", i + 1, stored.name));
    let names: String = names.collect();
    let mut question = format!("Which token should be used from now on?\n{names}> ");
    loop {
        let Some(answer) = prompt::ask(&question)? else {
            return Err(Error::validation("no token was chosen"));
        };
        let by_number = answer
            .parse()
            .ok()
            .and_then(|n: usize| stored.get(n.checked_sub(1)?));
        match by_number.or_else(|| stored.iter().find(|stored| stored.name == answer)) {
            Some(stored) => return Ok(stored.name.clone()),
            None => question = format!("Enter a number from 1 to {}.\n> ", stored.len()),
        }
    }
}
