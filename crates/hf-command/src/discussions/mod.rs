//! `hf discussions`.

mod body;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::args::{RepoTypeArgs, TokenArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::hub::{Hub, fact};
use crate::output::{Facts, Mode, Output};
use crate::prompt::confirm_async;
use crate::repo_arg::RepoArg;
use crate::runtime;
use body::BodyArgs;

#[derive(Debug, Subcommand)]
#[command(arg_required_else_help = true)]
pub(crate) enum DiscussionsCommand {
    /// Close a discussion or pull request.
    Close(StatusArgs),
    /// Comment on a discussion or pull request.
    Comment {
        #[command(flatten)]
        discussion: DiscussionArgs,
        #[command(flatten)]
        body: BodyArgs,
    },
    /// Open a discussion, or a pull request, which begins as a draft.
    Create(CreateArgs),
    /// Print the changes of a pull request.
    Diff(DiscussionArgs),
    /// Change a comment.
    Edit {
        #[command(flatten)]
        discussion: DiscussionArgs,
        /// The comment: its `id` in `hf discussions info --json`.
        comment_id: String,
        #[command(flatten)]
        body: BodyArgs,
    },
    /// Print a discussion with its comments.
    Info(DiscussionArgs),
    /// List the discussions and pull requests of a repository.
    #[command(visible_alias = "ls")]
    List(ListArgs),
    /// Merge a pull request.
    Merge(StatusArgs),
    /// Change the title of a discussion.
    Rename {
        #[command(flatten)]
        discussion: DiscussionArgs,
        /// The new title.
        new_title: String,
    },
    /// Open a closed discussion again.
    Reopen(StatusArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RepoArgs {
    /// The repository: `user/name`, or `datasets/user/name`.
    repo_id: RepoArg,
    #[command(flatten)]
    repo_type: RepoTypeArgs,
    #[command(flatten)]
    token: TokenArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiscussionArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The number of the discussion or pull request.
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    num: u64,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    discussion: DiscussionArgs,
    /// A comment that goes with it.
    #[arg(long)]
    comment: Option<String>,
    #[command(flatten)]
    yes: YesArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// The title.
    #[arg(long)]
    title: String,
    #[command(flatten)]
    body: BodyArgs,
    /// Open a pull request.
    #[arg(long, visible_alias = "pr")]
    pull_request: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    repo: RepoArgs,
    /// List those with this status.
    #[arg(short, long, default_value = "open", value_parser = ["open", "closed", "merged", "draft", "all"])]
    status: String,
    /// List those of this kind.
    #[arg(short, long, default_value = "all", value_parser = ["all", "discussion", "pull_request"])]
    kind: String,
    /// List those that this user opened.
    #[arg(long)]
    author: Option<String>,
    /// The greatest number to list.
    #[arg(long, default_value_t = 30)]
    limit: usize,
}

/// The attributes of Python's `Discussion` and `DiscussionWithDetails`, in their order.
const DISCUSSION: &[&str] = &[
    "title",
    "status",
    "num",
    "repo_id",
    "repo_type",
    "author",
    "is_pull_request",
    "created_at",
    "endpoint",
    "events",
    "conflicting_files",
    "target_branch",
    "merge_commit_oid",
    "diff",
];

impl RepoArgs {
    /// The arguments of a call on a repository, and its id.
    fn arguments(&self) -> Result<(String, Value), Failure> {
        let (id, repo_type) = self.repo_id.resolve_whole(&self.repo_type)?;
        let arguments = json!({"repo_id": id.to_string(), "repo_type": repo_type.as_str()});
        Ok((id.to_string(), arguments))
    }
}

impl DiscussionArgs {
    async fn connect(&self, output: Output) -> Result<(Hub, String, Value), Failure> {
        let (repo, mut arguments) = self.repo.arguments()?;
        arguments["discussion_num"] = json!(self.num);
        Ok((
            Hub::connect(&self.repo.token, output).await?,
            repo,
            arguments,
        ))
    }
}

pub(crate) fn run(command: DiscussionsCommand, output: Output) -> Done {
    runtime::run(run_async(command, output))
}

async fn run_async(command: DiscussionsCommand, output: Output) -> Done {
    match command {
        DiscussionsCommand::Close(args) => status(&args, "Close", "Closed", output).await,
        DiscussionsCommand::Comment { discussion, body } => {
            comment(&discussion, &body, output).await
        }
        DiscussionsCommand::Create(args) => create(&args, output).await,
        DiscussionsCommand::Diff(args) => {
            let (hub, _, arguments) = args.connect(output).await?;
            let details = hub.call("get_discussion_details", arguments).await?;
            match details["diff"].as_str().filter(|diff| !diff.is_empty()) {
                Some(diff) => Ok(output.text("diff", diff)?),
                None if output.mode == Mode::Json => {
                    hub.dict(&Facts::from([("diff", Value::Null)]))
                }
                None => {
                    output.note("No diff available.");
                    Ok(())
                }
            }
        }
        DiscussionsCommand::Edit {
            discussion,
            comment_id,
            body,
        } => {
            let (hub, repo, mut arguments) = discussion.connect(output).await?;
            let Some(text) = body.read(&hub).await? else {
                return Err(Failure::usage(
                    "give the new text with --body or --body-file",
                ));
            };
            arguments["comment_id"] = json!(comment_id);
            arguments["new_content"] = json!(text);
            hub.call("edit_discussion_comment", arguments).await?;
            let num = discussion.num;
            hub.result(
                &format!("Edited comment {comment_id} on #{num} in {repo}"),
                &[
                    ("num", json!(num)),
                    ("repo", json!(repo)),
                    ("comment_id", json!(comment_id)),
                ],
            )
        }
        DiscussionsCommand::Info(args) => {
            let (hub, _, arguments) = args.connect(output).await?;
            let details = hub.call("get_discussion_details", arguments).await?;
            hub.dict(&Facts::fields(&details, DISCUSSION))
        }
        DiscussionsCommand::List(args) => list(&args, output).await,
        DiscussionsCommand::Merge(args) => status(&args, "Merge", "Merged", output).await,
        DiscussionsCommand::Rename {
            discussion,
            new_title,
        } => {
            let (hub, repo, mut arguments) = discussion.connect(output).await?;
            arguments["new_title"] = json!(new_title);
            hub.call("rename_discussion", arguments).await?;
            let num = discussion.num;
            hub.result(
                &format!("Renamed #{num} in {repo}"),
                &[
                    ("num", json!(num)),
                    ("repo", json!(repo)),
                    ("title", json!(new_title)),
                ],
            )
        }
        DiscussionsCommand::Reopen(args) => status(&args, "Reopen", "Reopened", output).await,
    }
}

async fn status(args: &StatusArgs, verb: &str, done: &str, output: Output) -> Done {
    let (repo, _) = args.discussion.repo.arguments()?;
    let num = args.discussion.num;
    confirm_async(format!("{verb} #{num} of '{repo}'?"), args.yes.yes, output).await?;
    let (hub, repo, mut arguments) = args.discussion.connect(output).await?;
    arguments["comment"] = json!(args.comment);
    let method = if verb == "Merge" {
        "merge_pull_request"
    } else {
        arguments["new_status"] = json!(if verb == "Close" { "closed" } else { "open" });
        "change_discussion_status"
    };
    hub.call(method, arguments).await?;
    hub.result(
        &format!("{done} #{num} in {repo}"),
        &[("num", json!(num)), ("repo", json!(repo))],
    )
}

async fn comment(args: &DiscussionArgs, body: &BodyArgs, output: Output) -> Done {
    let (hub, repo, mut arguments) = args.connect(output).await?;
    let text = body.read(&hub).await?.unwrap_or_default();
    if text.is_empty() {
        return Err(Failure::usage(
            "give the comment with --body, --body-file or --attach",
        ));
    }
    arguments["comment"] = json!(text);
    hub.call("comment_discussion", arguments).await?;
    let num = args.num;
    hub.result(
        &format!("Commented on #{num} in {repo}"),
        &[("num", json!(num)), ("repo", json!(repo))],
    )
}

async fn create(args: &CreateArgs, output: Output) -> Done {
    let (repo, mut arguments) = args.repo.arguments()?;
    let hub = Hub::connect(&args.repo.token, output).await?;
    arguments["title"] = json!(args.title);
    arguments["description"] = json!(args.body.read(&hub).await?.unwrap_or_default());
    arguments["pull_request"] = json!(args.pull_request);
    let discussion = hub.call("create_discussion", arguments).await?;
    let num = &discussion["num"];
    let kind = if args.pull_request {
        "pull request"
    } else {
        "discussion"
    };
    let git_ref = args.pull_request.then(|| format!("refs/pr/{num}"));
    hub.result(
        &format!("Created {kind} #{num} on {repo}"),
        &[
            ("num", num.clone()),
            ("url", fact(&discussion, "url")),
            ("ref", json!(git_ref)),
        ],
    )
}

/// `merged` and `draft` are sorted out here: the Hub knows `open` and `closed` alone.
async fn list(args: &ListArgs, output: Output) -> Done {
    use futures_util::StreamExt as _;
    let (_, mut arguments) = args.repo.arguments()?;
    let hub = Hub::connect(&args.repo.token, output).await?;
    arguments["author"] = json!(args.author);
    arguments["discussion_type"] = json!((args.kind != "all").then_some(&args.kind));
    let is_known = matches!(args.status.as_str(), "open" | "closed");
    arguments["discussion_status"] = json!(is_known.then_some(&args.status));
    let mut found = hub.api.call_stream("get_repo_discussions", arguments)?;
    let mut rows = Vec::new();
    while rows.len() < args.limit
        && let Some(discussion) = found.next().await
    {
        let discussion = discussion?;
        if is_known || args.status == "all" || discussion["status"] == args.status {
            rows.push(Facts::fields(&discussion, DISCUSSION));
        }
    }
    let columns = [
        "num",
        "title",
        "is_pull_request",
        "status",
        "author",
        "created_at",
    ];
    hub.table(rows, &columns, "num")
}
