//! `hf cache prune`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{CacheDirArgs, Selected, announce, check_report, describe};
use crate::args::{DryRunArgs, YesArgs};
use crate::failure::Done;
use crate::output::{Mode, Output, print};
use crate::{prompt, text};

#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    #[command(flatten)]
    cache: CacheDirArgs,
    #[command(flatten)]
    yes: YesArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
}

pub(super) fn run(args: &PruneArgs, output: Output) -> Done {
    let info = args.cache.scan()?;
    let plan = info.prune();
    let detached: Vec<Selected<'_>> = info
        .repos
        .iter()
        .flat_map(|repo| repo.revisions.iter().map(move |revision| (repo, revision)))
        .filter(|(_, revision)| revision.refs.is_empty())
        .collect();
    let (revisions, incomplete, shared, blobs) = (
        detached.len(),
        plan.incomplete_files.len(),
        plan.shared_blobs.len(),
        plan.unreferenced_blobs.len(),
    );
    let size = plan.expected_freed_size();
    if revisions + incomplete + shared + blobs == 0 {
        let sentence = "No unreferenced revisions, incomplete downloads or shared blobs found. Nothing to prune.";
        match output.mode {
            Mode::Human | Mode::Agent => print(&format!("{sentence}\n"))?,
            Mode::Quiet => {}
            Mode::Json => output.result(sentence, &deleted(0, 0, 0, 0, 0))?,
        }
        return Ok(());
    }
    let summary = summary(&[
        (revisions, "unreferenced revision(s)"),
        (incomplete, "incomplete download(s)"),
        (shared, "unreferenced shared blob(s)"),
        (blobs, "unreferenced blob(s)"),
    ]);
    let size_text = text::size(size);
    announce(
        &format!(
            "About to delete {summary} ({size_text} total).\n{}",
            describe(&detached)
        ),
        output,
    )?;
    if args.dry_run.dry_run {
        let facts = [
            ("dry_run", json!(true)),
            ("revisions", json!(revisions)),
            ("incomplete", json!(incomplete)),
            ("shared_blobs", json!(shared)),
            ("blobs", json!(blobs)),
            ("size", json!(size_text)),
            ("size_bytes", json!(size)),
        ];
        return Ok(output.result("Dry run: no files were deleted.", &facts)?);
    }
    prompt::confirm("Proceed?", args.yes.yes, output)?;
    let report = plan.execute();
    check_report(&report, output)?;
    // Another process may use what seemed to be unneeded.
    let left = |path: &Path| report.skipped.iter().any(|(skipped, _)| skipped == path);
    let gone = |list: &[(PathBuf, u64)]| list.iter().filter(|(path, _)| !left(path)).count();
    let lists = [
        &plan.incomplete_files,
        &plan.shared_blobs,
        &plan.unreferenced_blobs,
    ];
    let kept = lists.into_iter().flatten().filter(|(path, _)| left(path));
    let freed = size.saturating_sub(kept.map(|(_, size)| size).sum());
    let (incomplete, shared, blobs) = (
        gone(&plan.incomplete_files),
        gone(&plan.shared_blobs),
        gone(&plan.unreferenced_blobs),
    );
    Ok(output.result(
        &format!("Deleted {summary}; freed {}.", text::size(freed)),
        &deleted(revisions, incomplete, shared, blobs, freed),
    )?)
}

fn deleted(
    revisions: usize,
    incomplete: usize,
    shared: usize,
    blobs: usize,
    size: u64,
) -> [(&'static str, serde_json::Value); 6] {
    [
        ("revisions_deleted", json!(revisions)),
        ("incomplete_deleted", json!(incomplete)),
        ("shared_blobs_deleted", json!(shared)),
        ("blobs_deleted", json!(blobs)),
        ("freed", json!(text::size(size))),
        ("freed_bytes", json!(size)),
    ]
}

/// `1 a, 2 b and 3 c`, without those of which there are none.
fn summary(parts: &[(usize, &str)]) -> String {
    let mut parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let last = parts.pop().unwrap_or_default();
    if parts.is_empty() {
        last
    } else {
        format!("{} and {last}", parts.join(", "))
    }
}
