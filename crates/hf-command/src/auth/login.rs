//! `hf auth login`.

use std::io::{self, IsTerminal as _};

use clap::Args;
use hf_api::transport::{Client, Token};
use hf_api::{Error, Result};
use hf_auth::{DeviceCode, LoggedIn, Login, TokenStore};
use serde_json::json;

use crate::failure::Done;
use crate::output::{Facts, Mode, Output, print};
use crate::{prompt, session};

/// The OAuth application to log in to, in place of the usual one.
const CLIENT_ID_VARIABLE: &str = "HF_DEVICE_CODE_OAUTH_CLIENT_ID";

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    /// A token of your account, see huggingface.co/settings/tokens; `-` reads it from stdin.
    #[arg(long)]
    token: Option<String>,
    /// Keep the token in git's credential helpers, too; only with --token.
    #[arg(long, overrides_with = "no_add_to_git_credential")]
    add_to_git_credential: bool,
    #[arg(long, hide = true)]
    no_add_to_git_credential: bool,
    /// Log in even if somebody is logged in.
    #[arg(long, overrides_with = "no_force")]
    force: bool,
    #[arg(long, hide = true)]
    no_force: bool,
}

pub(crate) async fn run(args: LoginArgs, output: Output) -> Done {
    let client = Client::new()?;
    let store = TokenStore::from_config(client.config());
    if let Some(token) = &args.token {
        let token = given(token)?;
        let login = Login::token(token.clone()).run(&client, &store).await?;
        if args.add_to_git_credential {
            super::keep_for_git(&client, &token, output);
        } else {
            output
                .hint("git does not know the token; --add-to-git-credential keeps it for git, too");
        }
        return report(&login, &client, &store, output);
    }
    if matches!(output.mode, Mode::Json | Mode::Quiet) {
        return Err(session::needs(
            "--token",
            "nobody is asked to log in with --json or --quiet",
        )
        .into());
    }
    if args.add_to_git_credential {
        output.warn("--add-to-git-credential has no effect without --token");
    }
    if client.token().is_some() {
        if !args.force {
            output.note("You are logged in already. `hf auth login --force` logs in again.");
            return Ok(());
        }
        output.note("Note: the token of this login will replace the active one.");
    }
    let may_ask = output.mode == Mode::Human && io::stdin().is_terminal();
    let login = if let Some(token) = prompt::in_background(move || pasted(may_ask)).await? {
        Login::token(token)
    } else {
        by_browser(&client, output).await?
    };
    let login = login.run(&client, &store).await?;
    if output.mode == Mode::Agent {
        let (user, name) = (&login.account.name, &login.name);
        print(&format!(
            "Login successful: logged in as {user} (token saved as '{name}').\n"
        ))?;
        return Ok(());
    }
    report(&login, &client, &store, output)
}

fn given(text: &str) -> Result<Token> {
    match text {
        "-" => session::token_on_stdin(),
        text => Token::new(text),
    }
}

/// The token that a person pastes who wants to log in so.
fn pasted(may_ask: bool) -> Result<Option<Token>> {
    if !may_ask || !wants_to_paste()? {
        return Ok(None);
    }
    let text = rpassword::prompt_password("Token (it will not be shown): ")
        .map_err(|error| Error::io("reading the token", error))?;
    Token::new(text).map(Some)
}

/// Asks how to log in. The default is the browser.
fn wants_to_paste() -> Result<bool> {
    let answer = prompt::ask(
        "How would you like to log in?\n  1) in your browser (default)\n  2) with a token that you paste\n> ",
    )?;
    Ok(answer.as_deref() == Some("2"))
}

async fn by_browser(
    client: &Client,
    output: Output,
) -> std::result::Result<Login, crate::failure::Failure> {
    let application = std::env::var(CLIENT_ID_VARIABLE)
        .ok()
        .filter(|id| !id.is_empty());
    let code = match &application {
        Some(id) => DeviceCode::request_for(client, id).await?,
        None => DeviceCode::request(client).await?,
    };
    let (uri, user_code) = (
        printable(code.verification_uri()),
        printable(code.user_code()),
    );
    if output.mode == Mode::Agent {
        print(&format!(
            "Ask the user to open {uri} in a browser and enter the code {user_code}. The code expires in {} seconds. \
             Waiting for authorization...\n",
            code.expires_in().as_secs()
        ))?;
        return Ok(Login::oauth(code.wait(client, || ()).await?));
    }
    print(&format!(
        "\n    Open this URL in your browser:\n        {uri}\n\n    And enter the code: {user_code}\n\n    \
         Waiting for authorization"
    ))?;
    let token = code
        .wait(client, || {
            // A dot that cannot be printed is no reason to stop waiting.
            let _ignored = print(".");
        })
        .await;
    print("\n")?;
    Ok(Login::oauth(token?))
}

/// What a server sent, without what could move the cursor.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

fn report(login: &LoggedIn, client: &Client, store: &TokenStore, output: Output) -> Done {
    let role = login
        .account
        .access_token
        .as_ref()
        .and_then(|token| token.role.clone());
    if output.mode == Mode::Json {
        let facts = Facts::from([
            ("user", json!(login.account.name)),
            ("token_name", json!(login.name)),
            ("role", json!(role)),
        ]);
        return Ok(output.object(&facts)?);
    }
    match &role {
        Some(role) => output.note(&format!("Token is valid (permission: {role}).")),
        None => output.note("Token is valid."),
    }
    output.note(&format!(
        "The token `{}` has been saved to {}",
        login.name,
        store.stored_path().display()
    ));
    output.note(&format!(
        "Your token has been saved to {}",
        store.token_path().display()
    ));
    output.note("Login successful.");
    match session::token_variable(client) {
        Some(name) => output.warn(&format!(
            "the environment variable {name} is set, and its token is used in place of this one"
        )),
        None => output.note(&format!("The current active token is: `{}`", login.name)),
    }
    Ok(())
}
