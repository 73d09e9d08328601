//! What `hf models`, `hf datasets` and `hf spaces` have in common: lists, files, facts and cards.

mod card;
mod fields;
mod files;
mod options;

use clap::Args;
use serde_json::{Value, json};

pub(crate) use card::{CardArgs, card};
pub(crate) use fields::{BUCKET_FILE, DATASET, MODEL, SPACE};
pub(crate) use files::{Layout, print_files};
pub(crate) use options::{ListArgs, expand_parser, soft_choices, sort_parser};

use crate::args::{TokenArgs, repo_id};
use crate::failure::{Done, Failure};
use crate::hub::{self, Hub};
use crate::output::{Facts, Output};

/// A kind of repository, in the words of calls and of messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// `model`
    pub(crate) name: &'static str,
    /// `Model`
    pub(crate) title: &'static str,
    /// The attributes of Python's dataclass.
    pub(crate) fields: &'static [&'static str],
}

/// One repository.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// The repository: `user/name`.
    #[arg(value_parser = repo_id, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_repos))]
    pub(crate) id: String,
    /// The branch, tag, pull request (`refs/pr/1`) or commit.
    #[arg(long, add = clap_complete::engine::ArgValueCompleter::new(crate::completion::cached_revisions))]
    revision: Option<String>,
    #[command(flatten)]
    token: TokenArgs,
}

/// Prints all that the Hub knows of a repository.
pub(crate) async fn info(
    kind: Kind,
    args: InfoArgs,
    expand: Option<Vec<String>>,
    output: Output,
) -> Done {
    let hub = Hub::connect(&args.token, output).await?;
    let revision = args.revision.as_deref();
    let arguments = json!({"repo_id": args.id, "revision": revision, "expand": expand});
    let found = hub.call(&format!("{}_info", kind.name), arguments).await;
    let info = found.map_err(|failure| hub::not_found(failure, kind.title, &args.id, revision))?;
    hub.dict(&Facts::fields(&info, kind.fields))
}

/// Prints a list of repositories, or the files of one.
pub(crate) async fn list(kind: Kind, args: &ListArgs, filters: Value, hub: &Hub) -> Done {
    if let Some(repo_id) = &args.repo_id {
        if !filters["expand"].is_null() {
            return Err(Failure::usage(
                "--expand cannot be used when files are listed",
            ));
        }
        let arguments = json!({
            "repo_id": repo_id,
            "repo_type": kind.name,
            "recursive": args.recursive,
            "revision": args.revision,
            "expand": true,
        });
        let items = hub.items("list_repo_tree", arguments, usize::MAX).await;
        let items = items.map_err(|failure| {
            hub::not_found(failure, kind.title, repo_id, args.revision.as_deref())
        })?;
        return print_files(&items, fields::FILE, args.layout(), hub.output);
    }
    let limit = args.limit;
    let mut arguments = json!({
        "search": args.search,
        "author": args.author,
        "filter": (!args.filter.is_empty()).then_some(&args.filter),
        "limit": limit,
    });
    if let (Value::Object(arguments), Value::Object(filters)) = (&mut arguments, filters) {
        arguments.extend(filters);
    }
    let method = format!("list_{}s", kind.name);
    let items = hub.items(&method, arguments, limit).await?;
    hub.table(hub::rows(&items, kind.fields), &[], "id")
}
