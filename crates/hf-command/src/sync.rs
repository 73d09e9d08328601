//! `hf sync`, which is also `hf buckets sync`.

use std::path::PathBuf;

use clap::Args;
use hf_api::types::SyncPlan;
use serde_json::json;

use crate::failure::{Done, Failure};
use crate::output::{Facts, Mode, Output, line_of_json, print};
use crate::transfer::TransferArgs;
use crate::{repo_arg, runtime};

/// Make a bucket like a local folder, or a local folder like a bucket.
///
/// Files are sent whose size differs, or which are newer at the source.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  hf sync ./data hf://buckets/user/bucket/data
  hf sync hf://buckets/user/bucket ./data --delete --dry-run
  hf sync ./data hf://buckets/user/bucket --plan plan.jsonl
  hf sync --apply plan.jsonl")]
pub(crate) struct SyncArgs {
    /// A folder, or `hf://buckets/user/name[/folder]`.
    #[arg(value_name = "SOURCE", required_unless_present = "apply")]
    source: Option<String>,
    /// The other of the two.
    #[arg(value_name = "DEST", required_unless_present = "apply")]
    dest: Option<String>,
    /// Delete files that the source does not have.
    #[arg(long, overrides_with = "no_delete")]
    delete: bool,
    #[arg(long, hide = true)]
    no_delete: bool,
    /// Compare sizes only.
    #[arg(long)]
    ignore_times: bool,
    /// Compare times only.
    #[arg(long, conflicts_with = "ignore_times")]
    ignore_sizes: bool,
    /// Write what would be done into this file, instead of doing it.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Do what this file says.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "dest", "delete", "ignore_times", "ignore_sizes",
        "plan", "dry_run", "include", "exclude", "filter_from", "existing", "ignore_existing"])]
    apply: Option<PathBuf>,
    /// Only print what would be done, as lines of JSON.
    #[arg(long, conflicts_with = "plan")]
    dry_run: bool,
    /// Only files that match this pattern. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Leave out files that match this pattern. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// A file of rules, `+ PATTERN` or `- PATTERN` a line: the first that matches decides.
    #[arg(long, value_name = "FILE")]
    filter_from: Option<PathBuf>,
    /// Only files that the destination has.
    #[arg(long)]
    existing: bool,
    /// Only files that the destination does not have.
    #[arg(long, conflicts_with = "existing")]
    ignore_existing: bool,
    /// Print each operation and its reason.
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    transfer: TransferArgs,
}

pub(crate) fn run(args: &SyncArgs, output: Output) -> Done {
    if let (Some(source), Some(dest)) = (&args.source, &args.dest) {
        let is_remote = |text: &String| repo_arg::is_url(text);
        if is_remote(source) == is_remote(dest) {
            return Err(Failure::usage(
                "one of SOURCE and DEST is a folder, the other `hf://buckets/...`",
            ));
        }
    }
    runtime::run(args.sync(output))
}

impl SyncArgs {
    async fn sync(&self, output: Output) -> Done {
        let (api, progress) = self.transfer.api_with_progress(output).await?;
        let shown = matches!(output.mode, Mode::Human | Mode::Agent);
        // What was planned is what is done, even if it changes meanwhile.
        let own = tempfile::NamedTempFile::new()
            .map_err(|error| hf_api::Error::io("writing a temporary file", error))?;
        let file = match (&self.apply, &self.plan) {
            (Some(file), _) | (None, Some(file)) => file.clone(),
            (None, None) => own.path().to_owned(),
        };
        if self.apply.is_none() {
            let mut call = api
                .sync_bucket()
                .source(end(self.source.as_deref()))
                .dest(end(self.dest.as_deref()))
                .delete(self.delete)
                .ignore_times(self.ignore_times)
                .ignore_sizes(self.ignore_sizes)
                .existing(self.existing)
                .ignore_existing(self.ignore_existing)
                .quiet(true);
            if !self.include.is_empty() {
                call = call.include(self.include.clone());
            }
            if !self.exclude.is_empty() {
                call = call.exclude(self.exclude.clone());
            }
            if let Some(rules) = &self.filter_from {
                call = call.filter_from(rules);
            }
            if self.dry_run {
                let plan = call.dry_run(true).await?;
                return Ok(print(&lines(&plan)?)?);
            }
            let plan = call.plan(&file).await?;
            if shown {
                print(&summary(&plan))?;
                if self.verbose {
                    print(&operations(&plan))?;
                }
            }
            if self.plan.is_some() {
                if shown {
                    print(&format!("Plan saved to: {}\n", file.display()))?;
                }
                return self.end(&plan, output);
            }
            let sums = plan.summary();
            if sums.uploads + sums.downloads + sums.deletes == 0 {
                if shown {
                    print("Nothing to sync.\n")?;
                }
                return self.end(&plan, output);
            }
            if shown {
                print("Syncing...\n")?;
            }
        } else if shown {
            print("Executing plan...\n")?;
        }
        let done = api.sync_bucket().apply(&file).quiet(true).await;
        progress.finish("transferred", output);
        let plan = done?;
        if shown {
            print("Sync completed.\n")?;
        }
        self.end(&plan, output)
    }

    /// The result for programs.
    fn end(&self, plan: &SyncPlan, output: Output) -> Done {
        if output.mode == Mode::Json {
            let mut facts = Facts::from([
                ("source", json!(plan.source)),
                ("dest", json!(plan.dest)),
                ("timestamp", json!(plan.timestamp)),
                ("summary", json!(plan.summary())),
            ]);
            if let Some(file) = &self.plan {
                facts.set("plan", file.to_string_lossy());
            }
            output.dict(&facts, None)?;
        }
        Ok(())
    }
}

/// One of the two ends. A plan may be executed in another working directory.
fn end(text: Option<&str>) -> Option<String> {
    let text = text?;
    let path = match std::path::absolute(text) {
        Ok(path) if !repo_arg::is_url(text) => path.to_str().map(str::to_owned),
        _ => None,
    };
    Some(path.unwrap_or_else(|| text.to_owned()))
}

/// The plan as lines of JSON: a header, and a line each operation.
fn lines(plan: &SyncPlan) -> Result<String, Failure> {
    let header = Facts::from([
        ("type", json!("header")),
        ("source", json!(plan.source)),
        ("dest", json!(plan.dest)),
        ("timestamp", json!(plan.timestamp)),
        ("summary", json!(plan.summary())),
    ]);
    let mut text = line_of_json(&header) + "\n";
    for operation in &plan.operations {
        let mut line = Facts::from([("type", json!("operation"))]);
        for (name, value) in Facts::of(operation)?.iter() {
            if name != "bucket_file" {
                line.set(name, value.clone());
            }
        }
        text += &line_of_json(&line);
        text.push('\n');
    }
    Ok(text)
}

fn summary(plan: &SyncPlan) -> String {
    let sums = plan.summary();
    format!(
        "Sync plan: {} -> {}\n  Uploads: {}\n  Downloads: {}\n  Deletes: {}\n  Skips: {}\n",
        plan.source, plan.dest, sums.uploads, sums.downloads, sums.deletes, sums.skips
    )
}

fn operations(plan: &SyncPlan) -> String {
    let lines = plan.operations.iter().map(|operation| {
        format!(
            "  {}: {} ({})\n",
            operation.action, operation.path, operation.reason
        )
    });
    lines.collect::<Vec<_>>().concat()
}
