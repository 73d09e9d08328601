//! The client that commands use.

use std::io::{self, Read as _};

use hf_api::transport::{Client, ClientBuilder, Token};
use hf_api::{Error, HfApi, Result, Services};
use hf_auth::{TokenStore, TrustedPublisher, with_fresh_token};

use crate::args::TokenArgs;
use crate::output::Output;

/// A token is never longer; more on stdin is a mistake.
const LONGEST_TOKEN: u64 = 64 * 1024;

/// Returns the API with the token of the command line, or that of [`client`].
pub(crate) async fn api(args: &TokenArgs, output: Output) -> Result<HfApi> {
    api_with(args, output, |builder| builder).await
}

/// The same with other settings than those of the environment.
pub(crate) async fn api_with(
    args: &TokenArgs,
    output: Output,
    configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<HfApi> {
    let builder = configure(Client::builder());
    let client = match args.token.as_deref() {
        None => with_token_of_the_environment(builder.build()?).await?,
        Some("-") => builder.build()?.with_token(token_on_stdin()?),
        Some(token) => {
            output.warn(
                "a token on the command line is seen in the list of processes and in the history of the shell; \
                 `--token -` reads it from stdin, HF_TOKEN and `hf auth login` keep it elsewhere",
            );
            builder.build()?.with_token(Token::new(token)?)
        }
    };
    Ok(HfApi::from_client(client).with_services(Services::from_env()))
}

/// Returns the client of the environment. Its token is that of the trusted publisher (`HF_OIDC_RESOURCE`), of the
/// environment, or of the last login, renewed if it is about to expire.
pub(crate) async fn client() -> Result<Client> {
    with_token_of_the_environment(Client::new()?).await
}

async fn with_token_of_the_environment(client: Client) -> Result<Client> {
    if let Some(publisher) = TrustedPublisher::from_env()? {
        let token = publisher.exchange(&client).await?;
        return Ok(client.with_token(token.access_token));
    }
    let store = TokenStore::from_config(client.config());
    with_fresh_token(&client, &store).await
}

/// Reads a token from stdin.
pub(crate) fn token_on_stdin() -> Result<Token> {
    let mut token = String::new();
    io::stdin()
        .take(LONGEST_TOKEN)
        .read_to_string(&mut token)
        .map_err(|error| Error::io("reading the token", error))?;
    Token::new(token).map_err(|error| error.with_context("stdin"))
}

/// The environment variable that overrules the token of the last login, if one is set.
pub(crate) fn token_variable(client: &Client) -> Option<&'static str> {
    match client.token_source() {
        Some(hf_api::transport::TokenSource::Environment(name)) => Some(name),
        _ => None,
    }
}

/// The error of a command that needs a person to decide, where there is none.
pub(crate) fn needs(option: &str, why: &str) -> Error {
    Error::validation(why.to_owned()).with_hint(format!("give {option}"))
}
