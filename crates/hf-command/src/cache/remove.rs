//! `hf cache rm`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use hf_api::cache::{CachedFileInfo, CachedRepoInfo, HfCacheInfo};
use hf_api::types::HfUri;
use hf_api::{Error, ErrorKind};
use serde_json::json;

use super::{CacheDirArgs, Selected, announce, check_report, count, describe};
use crate::args::{DryRunArgs, YesArgs};
use crate::failure::{Done, Failure};
use crate::output::Output;
use crate::{prompt, repo_arg, text};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf cache rm model/openai-community/gpt2
  hf cache rm hf://datasets/user/data/train.csv --dry-run
  hf cache rm $(hf cache ls --filter 'accessed>1y' -q) --yes")]
pub(crate) struct RemoveArgs {
    /// Repositories (`model/user/name` or `hf://models/user/name`), revisions (the commit), or files
    /// (`hf://models/user/name/file`, of all revisions).
    #[arg(value_name = "TARGETS", required = true)]
    targets: Vec<String>,
    #[command(flatten)]
    cache: CacheDirArgs,
    #[command(flatten)]
    yes: YesArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
}

/// What the targets stand for.
#[derive(Default)]
struct Resolved<'a> {
    revisions: Vec<Selected<'a>>,
    /// With the names that people see.
    files: BTreeMap<String, &'a CachedFileInfo>,
    missing: Vec<String>,
}

pub(super) fn run(args: &RemoveArgs, output: Output) -> Done {
    let targets = parse(&args.targets)?;
    let info = args.cache.scan()?;
    let resolved = resolve(&targets, &info);
    if !resolved.missing.is_empty() {
        output.warn(&format!(
            "Could not find in cache: {}",
            resolved.missing.join(", ")
        ));
    }
    let missing = || {
        let error = Error::new(
            ErrorKind::LocalEntryNotFound,
            "nothing of it is in the cache",
        );
        Failure::from(error.with_hint("`hf cache ls` lists what is"))
    };
    if !resolved.files.is_empty() {
        return remove_files(args, &info, &resolved.files, output);
    }
    if resolved.revisions.is_empty() {
        return Err(missing());
    }
    let plan = info.delete_selected(resolved.revisions.iter().copied());
    let counts = count(&resolved.revisions);
    let mut parts = Vec::new();
    if counts.repos > 0 {
        parts.push(format!("{} repo(s)", counts.repos));
    }
    if counts.partial > 0 {
        parts.push(format!("{} revision(s)", counts.partial));
    }
    let size = text::size(plan.expected_freed_size);
    announce(
        &format!(
            "About to delete {} totalling {size}.\n{}",
            parts.join(" and "),
            describe(&resolved.revisions)
        ),
        output,
    )?;
    if args.dry_run.dry_run {
        let facts = [
            ("dry_run", json!(true)),
            ("repos", json!(counts.repos)),
            ("revisions", json!(counts.revisions)),
            ("size", json!(size)),
            ("size_bytes", json!(plan.expected_freed_size)),
        ];
        return Ok(output.result("Dry run: no files were deleted.", &facts)?);
    }
    prompt::confirm("Proceed with deletion?", args.yes.yes, output)?;
    check_report(&plan.execute(), output)?;
    let facts = [
        ("repos_deleted", json!(counts.repos)),
        ("revisions_deleted", json!(counts.revisions)),
        ("freed", json!(size)),
        ("freed_bytes", json!(plan.expected_freed_size)),
    ];
    let message = format!(
        "Deleted {} repo(s) and {} revision(s); freed {size}.",
        counts.repos, counts.revisions
    );
    Ok(output.result(&message, &facts)?)
}

fn remove_files(
    args: &RemoveArgs,
    info: &HfCacheInfo,
    files: &BTreeMap<String, &CachedFileInfo>,
    output: Output,
) -> Done {
    let plan = info.delete_files(files.values().copied());
    let size = text::size(plan.expected_freed_size);
    let names: String = files.keys().flat_map(|name| ["  - ", name, "\n"]).collect();
    announce(
        &format!(
            "About to delete {} file(s) totalling {size}.\n{names}",
            files.len()
        ),
        output,
    )?;
    if args.dry_run.dry_run {
        let facts = [
            ("dry_run", json!(true)),
            ("files", json!(files.len())),
            ("size", json!(size)),
            ("size_bytes", json!(plan.expected_freed_size)),
        ];
        return Ok(output.result("Dry run: no files were deleted.", &facts)?);
    }
    prompt::confirm("Proceed with deletion?", args.yes.yes, output)?;
    check_report(&plan.execute(), output)?;
    let facts = [
        ("files_deleted", json!(files.len())),
        ("freed", json!(size)),
        ("freed_bytes", json!(plan.expected_freed_size)),
    ];
    let message = format!("Deleted {} file(s); freed {size}.", files.len());
    Ok(output.result(&message, &facts)?)
}

/// A target as it was written, and what kind it is.
enum Target {
    Commit(String),
    Repo(String),
    File {
        text: String,
        repo: String,
        path: String,
    },
}

fn parse(texts: &[String]) -> Result<Vec<Target>, Failure> {
    let texts = texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty());
    let targets: Vec<Target> = texts.map(target).collect::<Result<_, _>>()?;
    let files = targets
        .iter()
        .filter(|target| matches!(target, Target::File { .. }))
        .count();
    if files > 0 && files < targets.len() {
        return Err(Failure::usage(
            "files cannot be deleted together with repositories or revisions",
        ));
    }
    Ok(targets)
}

fn target(text: &str) -> Result<Target, Failure> {
    if !repo_arg::is_url(text) {
        let is_commit = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        return Ok(if is_commit {
            Target::Commit(text.to_owned())
        } else {
            Target::Repo(text.to_owned())
        });
    }
    let uri: HfUri = text.parse()?;
    let Some(repo_type) = uri.r#type().repo_type() else {
        return Err(Failure::usage(format!(
            "`{text}` is a bucket, of which nothing is cached"
        )));
    };
    if uri.revision().is_some() {
        return Err(Failure::usage(format!(
            "`{text}` names a revision: give its commit instead, which `hf cache ls --revisions` shows"
        )));
    }
    let repo = format!("{repo_type}/{}", uri.id());
    Ok(match uri.path_in_repo() {
        "" => Target::Repo(repo),
        path => Target::File {
            text: text.to_owned(),
            repo,
            path: path.to_owned(),
        },
    })
}

fn resolve<'a>(targets: &[Target], info: &'a HfCacheInfo) -> Resolved<'a> {
    let find = |id: &str| -> Vec<&'a CachedRepoInfo> {
        // `models/user/name` is what URLs look like.
        let singular = id.split_once('/').map(|(kind, rest)| {
            let kind = kind.strip_suffix('s').unwrap_or(kind);
            format!("{kind}/{rest}")
        });
        let is_it = |repo: &&CachedRepoInfo| {
            let found = repo.cache_id();
            found.eq_ignore_ascii_case(id)
                || singular
                    .as_deref()
                    .is_some_and(|id| found.eq_ignore_ascii_case(id))
        };
        info.repos.iter().filter(is_it).collect()
    };
    let mut resolved = Resolved::default();
    let mut seen = BTreeSet::new();
    let mut select = |resolved: &mut Resolved<'a>, (repo, revision): Selected<'a>| {
        if seen.insert(&revision.snapshot_path) {
            resolved.revisions.push((repo, revision));
        }
    };
    for target in targets {
        match target {
            Target::Commit(commit) => {
                let found: Vec<Selected<'a>> = info
                    .repos
                    .iter()
                    .flat_map(|repo| repo.revisions.iter().map(move |revision| (repo, revision)))
                    .filter(|(_, revision)| {
                        revision.commit_hash.as_str().eq_ignore_ascii_case(commit)
                    })
                    .collect();
                if found.is_empty() {
                    resolved.missing.push(commit.clone());
                }
                for selected in found {
                    select(&mut resolved, selected);
                }
            }
            Target::Repo(id) => {
                let repos = find(id);
                if repos.is_empty() {
                    resolved.missing.push(id.clone());
                }
                for repo in repos {
                    for revision in &repo.revisions {
                        select(&mut resolved, (repo, revision));
                    }
                }
            }
            Target::File { text, repo, path } => {
                let before = resolved.files.len();
                for repo in find(repo) {
                    for revision in &repo.revisions {
                        let wanted = revision.snapshot_path.join(path);
                        for file in revision
                            .files
                            .iter()
                            .filter(|file| file.file_path == wanted)
                        {
                            let name =
                                format!("{}@{}/{path}", repo.cache_id(), revision.commit_hash);
                            resolved.files.insert(name, file);
                        }
                    }
                }
                if resolved.files.len() == before {
                    resolved.missing.push(text.clone());
                }
            }
        }
    }
    resolved
}
