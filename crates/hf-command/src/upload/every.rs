//! `hf upload --every`.

use std::path::Path;
use std::time::Duration;

use hf_api::commit::RepoTarget;
use serde_json::json;

use super::paths::Paths;
use super::{Target, UploadArgs};
use crate::failure::Done;
use crate::output::Output;

/// Reads a positive number of minutes.
pub(super) fn minutes(text: &str) -> Result<Duration, String> {
    let minutes: f64 = text
        .parse()
        .map_err(|_| "expected a number of minutes".to_owned())?;
    let span = Duration::try_from_secs_f64(minutes * 60.0).ok();
    span.filter(|span| !span.is_zero())
        .ok_or_else(|| "it must be a positive number of minutes".to_owned())
}

/// Commits what has changed, again and again, until Ctrl-C; then once more.
pub(super) async fn run(
    args: UploadArgs,
    mut target: Target,
    paths: Paths,
    every: Duration,
    output: Output,
) -> Done {
    let api = args.transfer.api(output).await?;
    args.prepare(&api, &mut target, output).await?;
    if args.create_pr {
        output.warn("--create-pr means nothing together with --every");
    }
    if !args.delete.is_empty() {
        output.warn("--delete means nothing together with --every");
    }
    let local = Path::new(&paths.local);
    let (folder, in_repo, include) = if paths.is_file() {
        let (folder, name) = paths
            .in_repo
            .rsplit_once('/')
            .unwrap_or(("", &paths.in_repo));
        let own_name = local.file_name().unwrap_or_default().to_string_lossy();
        if name != own_name {
            output.warn(&format!(
                "files keep their names with --every: it is uploaded as `{own_name}`, not as `{name}`"
            ));
        }
        let parent = local
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        (
            parent.unwrap_or(Path::new(".")),
            folder,
            vec![own_name.into_owned()],
        )
    } else {
        (local, paths.in_repo.as_str(), paths.include.clone())
    };
    let mut to = RepoTarget::new(target.repo_id.clone(), target.repo_type);
    if let Some(revision) = &target.revision {
        to = to.revision(revision)?;
    }
    let mut scheduler = api.commit_scheduler(to, folder).every(every);
    if !in_repo.is_empty() && in_repo != "." {
        scheduler = scheduler.path_in_repo(in_repo);
    }
    if !include.is_empty() {
        scheduler = scheduler.allow_patterns(include);
    }
    if !args.exclude.is_empty() {
        scheduler = scheduler.ignore_patterns(args.exclude.clone());
    }
    if let Some(private) = args.private.private() {
        scheduler = scheduler.private(private);
    }
    let scheduler = scheduler
        .on_push(move |done| match done {
            Ok(Some(commit)) => output.note(&format!("Committed {}", commit.commit_url)),
            Ok(None) => {}
            Err(error) => output.warn(&format!("a commit failed and is tried again: {error}")),
        })
        .start()
        .await?;
    output.note(&format!(
        "Scheduling commits every {} minutes to {}. Ctrl-C stops.",
        every.as_secs_f64() / 60.0,
        target.repo_id
    ));
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| hf_api::Error::io("waiting for Ctrl-C", error))?;
    // What has changed since the last commit.
    let last = scheduler.stop().await?.or_else(|| scheduler.last_commit());
    let url = last.map(|commit| commit.commit_url.clone());
    Ok(output.result("Stopped scheduled commits.", &[("url", json!(url))])?)
}
