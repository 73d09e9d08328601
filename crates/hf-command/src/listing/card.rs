//! `hf models card`, `hf datasets card` and `hf spaces card`.

use clap::Args;
use hf_api::ErrorKind;
use hf_card::RepoCard;

use super::Kind;
use crate::args::{TokenArgs, repo_id};
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub};
use crate::output::{Facts, Output};

/// A card, or a part of it.
#[derive(Debug, Args)]
pub(crate) struct CardArgs {
    /// The repository: `user/name`.
    #[arg(value_parser = repo_id, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_repos))]
    id: String,
    /// Print the metadata only.
    #[arg(long, conflicts_with = "text")]
    metadata: bool,
    /// Print the text below the metadata only.
    #[arg(long)]
    text: bool,
    #[command(flatten)]
    token: TokenArgs,
}

/// Prints the README.md of a repository. Its metadata has to be readable only where it is wanted.
pub(crate) async fn card(kind: Kind, args: CardArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let found = hub
        .api
        .hf_hub_download(args.id.as_str(), "README.md")
        .repo_type(kind.name)
        .await;
    let path =
        found.map_err(|error| hub::not_found(Failure::from(error), kind.title, &args.id, None))?;
    let load = || RepoCard::load(&path).map_err(hf_api::Error::from);
    if args.metadata {
        let card = load()?;
        let known = card.metadata().iter().filter(|(_, value)| !value.is_null());
        let facts: Facts = known
            .filter_map(|(key, value)| Some((key.as_str(), serde_json::to_value(value).ok()?)))
            .collect();
        return hub.dict(&facts);
    }
    if args.text {
        return Ok(output.text("text", load()?.text())?);
    }
    let content = std::fs::read_to_string(&path).map_err(|error| {
        hf_api::Error::new(
            ErrorKind::Io,
            format!("cannot read {}: {error}", path.display()),
        )
    })?;
    output.text("content", &content)?;
    output.hint(&format!(
        "Use `hf {}s card {} --metadata` to extract only the card metadata.",
        kind.name, args.id
    ));
    Ok(())
}
