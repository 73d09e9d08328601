//! `hf auth`: logging in and out.

mod list;
mod login;
mod logout;
mod switch;
mod token;
mod whoami;

use clap::Subcommand;
use hf_api::transport::{Client, Token};
use hf_auth::git;

use crate::failure::Done;
use crate::output::Output;
use crate::runtime;

pub(crate) use token::not_logged_in;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum AuthCommand {
    /// List the stored tokens.
    #[command(visible_alias = "ls")]
    List,
    /// Log in by browser, or with a token.
    Login(login::LoginArgs),
    /// Forget one stored token, or all.
    Logout(logout::LogoutArgs),
    /// Make another stored token the active one.
    Switch(switch::SwitchArgs),
    /// Print the active token.
    Token,
    /// Print whose token is active.
    Whoami,
}

pub(crate) fn run(command: AuthCommand, output: Output) -> Done {
    runtime::run(async {
        match command {
            AuthCommand::List => list::run(output).await,
            AuthCommand::Login(args) => login::run(args, output).await,
            AuthCommand::Logout(args) => logout::run(args, output),
            AuthCommand::Switch(args) => switch::run(args, output).await,
            AuthCommand::Token => token::run(output).await,
            AuthCommand::Whoami => whoami::run(output).await,
        }
    })
}

/// Keeps a token in git's credential helpers, or says why not.
fn keep_for_git(client: &Client, token: &Token, output: Output) {
    let helpers = match git::credential_helpers(None) {
        Ok(helpers) => helpers,
        Err(error) => return output.warn(&format!("the token was not kept for git: {error}")),
    };
    if helpers.is_empty() {
        output.warn("the token was not kept for git, which has no credential helper");
        output.hint("git config --global credential.helper store");
        return;
    }
    match git::approve_credential(client.endpoint(), token) {
        Ok(()) => output.note(&format!(
            "The token is kept for git ({}).",
            helpers.join(", ")
        )),
        Err(error) => output.warn(&format!("the token was not kept for git: {error}")),
    }
}
