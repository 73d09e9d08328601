//! `hf cache list`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use hf_api::cache::HfCacheInfo;
use serde_json::{Value, json};

use super::CacheDirArgs;
use super::filter::{Entry, Filter, Sort};
use crate::failure::Done;
use crate::output::{Mode, Output, Table, print};
use crate::text;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf cache ls --sort size --limit 10
  hf cache ls --revisions --filter type=dataset
  hf cache ls --filter 'size>1GB' --filter 'accessed>30d' -q")]
pub(crate) struct ListArgs {
    #[command(flatten)]
    cache: CacheDirArgs,
    /// List each revision, not only each repository.
    #[arg(long, overrides_with = "no_revisions")]
    revisions: bool,
    #[arg(long, hide = true)]
    no_revisions: bool,
    /// List only what passes: `size>1GB`, `accessed>30d` (not read for more than 30 days), `modified<2h`, `type=model`,
    /// `refs=main`. May be repeated.
    #[arg(short, long, value_name = "FILTER")]
    filter: Vec<Filter>,
    /// The order: `accessed`, `modified` and `size` from the top, `name` from A to Z, or as `:asc` and `:desc` say.
    #[arg(long, value_name = "KEY",
        value_parser = PossibleValuesParser::new(Sort::VALUES).try_map(|text| text.parse::<Sort>()))]
    sort: Option<Sort>,
    /// List at most so many.
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Say what is wrong with damaged parts of the cache.
    #[arg(long, overrides_with = "no_show_warnings")]
    show_warnings: bool,
    #[arg(long, hide = true)]
    no_show_warnings: bool,
}

pub(super) fn run(args: &ListArgs, output: Output) -> Done {
    let info = args.cache.scan()?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let entries = select(args, &info, now);
    if args.revisions {
        output.table(&revisions(&entries, now))?;
    } else {
        output.table(&repos(&entries, now))?;
    }
    if !entries.is_empty() && matches!(output.mode, Mode::Human | Mode::Agent) {
        let sentence = summary(args, &info, &entries);
        print(&format!("\n{}\n", output.bold(&sentence)))?;
    }
    mention_problems(args, &info, output);
    Ok(())
}

fn select<'a>(args: &ListArgs, info: &'a HfCacheInfo, now: f64) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = info
        .repos
        .iter()
        .flat_map(|repo| {
            let whole = (!args.revisions).then_some(Entry {
                repo,
                revision: None,
            });
            let revisions = repo.revisions.iter().filter(|_| args.revisions);
            whole
                .into_iter()
                .chain(revisions.map(move |revision| Entry {
                    repo,
                    revision: Some(revision),
                }))
        })
        .filter(|entry| args.filter.iter().all(|filter| filter.matches(entry, now)))
        .collect();
    entries.sort_by_cached_key(|entry| {
        let commit = entry.revision.map(|revision| revision.commit_hash);
        (entry.repo.cache_id(), commit)
    });
    if let Some(sort) = args.sort {
        sort.apply(&mut entries);
    }
    entries.truncate(args.limit.unwrap_or(usize::MAX));
    entries
}

fn repos(entries: &[Entry<'_>], now: f64) -> Table {
    let columns = ["id", "size", "last_accessed", "last_modified", "refs"];
    let mut table = Table::new(columns, "id").right(["size"]);
    for entry in entries {
        let repo = entry.repo;
        table.push([
            ("id", json!(repo.cache_id())),
            ("repo_id", json!(repo.repo_id)),
            ("repo_type", json!(repo.repo_type)),
            ("size", json!(text::size(repo.size_on_disk))),
            ("last_accessed", age(repo.last_accessed, now)),
            ("last_modified", age(repo.last_modified, now)),
            ("refs", json!(entry.refs())),
            ("size_bytes", json!(repo.size_on_disk)),
            ("files", json!(repo.nb_files)),
            ("last_accessed_at", time(repo.last_accessed)),
            ("last_modified_at", time(repo.last_modified)),
            ("path", json!(repo.repo_path.to_string_lossy())),
        ]);
    }
    table
}

fn revisions(entries: &[Entry<'_>], now: f64) -> Table {
    let columns = ["id", "revision", "size", "last_modified", "refs"];
    let mut table = Table::new(columns, "revision").right(["size"]);
    for entry in entries {
        let Some(revision) = entry.revision else {
            continue;
        };
        table.push([
            ("id", json!(entry.repo.cache_id())),
            ("repo_id", json!(entry.repo.repo_id)),
            ("repo_type", json!(entry.repo.repo_type)),
            ("revision", json!(revision.commit_hash)),
            (
                "snapshot_path",
                json!(revision.snapshot_path.to_string_lossy()),
            ),
            ("size", json!(text::size(revision.size_on_disk))),
            ("last_modified", age(revision.last_modified, now)),
            ("refs", json!(entry.refs())),
            ("size_bytes", json!(revision.size_on_disk)),
            ("files", json!(revision.nb_files())),
            ("last_modified_at", time(revision.last_modified)),
        ]);
    }
    table
}

fn age(time: f64, now: f64) -> Value {
    let age = Duration::try_from_secs_f64((now - time).max(0.0)).unwrap_or_default();
    json!(text::age(age))
}

#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
fn time(seconds: f64) -> Value {
    let time = jiff::Timestamp::from_second(seconds as i64).ok();
    json!(time.map(|time| time.to_string().replace('Z', "+00:00")))
}

fn summary(args: &ListArgs, info: &HfCacheInfo, entries: &[Entry<'_>]) -> String {
    let mut folders: Vec<_> = entries.iter().map(|entry| &entry.repo.repo_path).collect();
    folders.sort_unstable();
    folders.dedup();
    let is_all = args.filter.is_empty() && args.limit.is_none() && !args.revisions;
    let (revisions, size) = if args.revisions {
        (entries.len(), sum(entries))
    } else {
        let revisions = entries.iter().map(|entry| entry.repo.revisions.len());
        // Blobs that repositories share are counted once, where all repositories are counted.
        let size = if is_all {
            info.size_on_disk
        } else {
            sum(entries)
        };
        (revisions.sum(), size)
    };
    format!(
        "Found {} repo(s) for a total of {revisions} revision(s) and {} on disk.",
        folders.len(),
        text::size(size)
    )
}

fn sum(entries: &[Entry<'_>]) -> u64 {
    entries.iter().map(Entry::size).sum()
}

fn mention_problems(args: &ListArgs, info: &HfCacheInfo, output: Output) {
    if args.show_warnings {
        for warning in &info.warnings {
            let (path, message) = (warning.path.display(), &warning.message);
            output.warn(&format!("{path} was skipped: {message}"));
        }
    } else if !info.warnings.is_empty() {
        output.warn(&format!(
            "Found {} cache inconsistencies. Re-run with `--show-warnings` to display them.",
            info.warnings.len()
        ));
    }
    if !info.incomplete_files.is_empty() {
        output.hint(&format!(
            "Found {} incomplete download(s) totalling {}. Remove them with `hf cache prune`.",
            info.incomplete_files.len(),
            text::size(info.incomplete_size_on_disk())
        ));
    }
    let shared = info.unreferenced_shared_blobs();
    if !shared.is_empty() {
        output.hint(&format!(
            "Found {} unreferenced shared blob(s) totalling {}. Remove them with `hf cache prune`.",
            shared.len(),
            text::size(shared.iter().map(|(_, size)| size).sum())
        ));
    }
}
