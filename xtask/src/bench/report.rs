//! Results: as a table, as JSON, and beside older ones.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::cost::{Cost, mib};
use crate::run::{Result, output, root};

/// How much slower a result may be before `compare` names it.
const TOLERANCE: f64 = 1.15;

/// A client at a workload.
pub(super) struct Measured {
    pub(super) row: String,
    pub(super) client: String,
    pub(super) target: Option<f64>,
    /// `None` if the client failed.
    pub(super) cost: Option<Cost>,
    /// The time of the bare client.
    pub(super) bare: Option<Duration>,
    pub(super) failure: Option<String>,
}

impl Measured {
    fn ratio(&self) -> Option<f64> {
        Some(self.cost?.time.as_secs_f64() / self.bare?.as_secs_f64())
    }
}

/// All results, and where they come from.
pub(super) struct Report {
    pub(super) machine: Value,
    rows: Vec<Measured>,
}

impl Report {
    pub(super) fn new() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let processor = read("/proc/cpuinfo").lines().find_map(|line| {
            let (_, name) = line.strip_prefix("model name")?.split_once(": ")?;
            Some(name.to_owned())
        });
        let load = read("/proc/loadavg");
        let mut git = Command::new("git");
        git.args(["rev-parse", "--short", "HEAD"])
            .current_dir(root());
        Ok(Self {
            machine: json!({
                "processor": processor,
                "cores": cores,
                "load": load.split(' ').next(),
                "compiler": output(Command::new("rustc").arg("--version"))?.trim(),
                "commit": output(&mut git)?.trim(),
            }),
            rows: Vec::new(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a result, and prints it.
    pub(super) fn add(&mut self, measured: Measured) {
        show(&measured);
        self.rows.push(measured);
    }

    pub(super) fn save(&self, path: &Path) -> Result {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|measured| {
                json!({
                    "row": measured.row,
                    "client": measured.client,
                    "seconds": measured.cost.map(|cost| rounded(cost.time)),
                    "cpu_seconds": measured.cost.map(|cost| rounded(cost.cpu)),
                    "peak_bytes": measured.cost.map(|cost| cost.peak),
                    "requests": measured.cost.map(|cost| cost.requests),
                    "target": measured.target,
                })
            })
            .collect();
        let text = serde_json::to_string_pretty(&json!({"machine": self.machine, "rows": rows}))
            .map_err(|error| error.to_string())?;
        fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The table of the page.
    pub(super) fn markdown(&self) -> String {
        let mut text = "| workload | client | time | of bare | target | CPU | peak | requests |\n\
                        |---|---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
        let mut last = "";
        for measured in &self.rows {
            let row = if measured.row == last {
                ""
            } else {
                &measured.row
            };
            last = &measured.row;
            let Some(cost) = measured.cost else {
                let _infallible = writeln!(text, "| {row} | {} | - | | | | | |", measured.client);
                continue;
            };
            let times = |ratio: Option<f64>| ratio.map_or(String::new(), |r| format!("{r:.2}"));
            let _infallible = writeln!(
                text,
                "| {row} | {} | {:.3} s | {} | {} | {:.2} s | {:.0} MiB | {} |",
                measured.client,
                cost.time.as_secs_f64(),
                times(measured.ratio()),
                times(measured.target),
                cost.cpu.as_secs_f64(),
                mib(cost.peak),
                cost.requests
            );
        }
        text
    }
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

pub(super) fn head() {
    println!(
        "{:48} {:14} {:>9} {:>8} {:>7} {:>8} {:>9} {:>8}",
        "", "", "time", "of bare", "target", "CPU", "peak", "requests"
    );
}

fn show(measured: &Measured) {
    let Some(cost) = measured.cost else {
        let why = measured.failure.as_deref().unwrap_or("no result");
        println!("{:48} {:14} failed: {why}", measured.row, measured.client);
        return;
    };
    println!(
        "{:48} {:14} {:>7.3} s {:>8.2} {:>7} {:>6.2} s {:>5.1} MiB {:>8}",
        measured.row,
        measured.client,
        cost.time.as_secs_f64(),
        measured.ratio().unwrap_or(f64::NAN),
        measured.target.map_or(String::new(), |t| format!("{t:.2}")),
        cost.cpu.as_secs_f64(),
        mib(cost.peak),
        cost.requests
    );
}

/// Names what is slower in the second result than in the first. Both are seen in times of the bare client of their own
/// run, so that a slower machine is no finding.
pub(super) fn compare(old: &Path, new: &Path) -> Result {
    let (old, new) = (ratios(old)?, ratios(new)?);
    let mut slower = Vec::new();
    for (row, after) in &new {
        let Some((_, before)) = old.iter().find(|(name, _)| name == row) else {
            println!("{row:48} {after:>8.2} (new)");
            continue;
        };
        println!("{row:48} {before:>8.2} -> {after:.2}");
        if *after > before * TOLERANCE {
            slower.push(row.as_str());
        }
    }
    if slower.is_empty() {
        return Ok(());
    }
    Err(format!("slower: {}", slower.join(", ")))
}

/// What ours takes in each row, in times of the bare client.
fn ratios(path: &Path) -> Result<Vec<(String, f64)>> {
    let failed = |error: String| format!("{}: {error}", path.display());
    let text = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let value: Value = serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
    let rows = value["rows"].as_array().map_or(&[][..], Vec::as_slice);
    let seconds = |row: &Value, client: &str| {
        let of = |other: &&Value| other["row"] == row["row"] && other["client"] == client;
        rows.iter().find(of)?["seconds"].as_f64()
    };
    let ours = rows.iter().filter(|row| row["client"] == "ours");
    Ok(ours
        .filter_map(|row| {
            let ratio = seconds(row, "ours")? / seconds(row, "bare")?;
            Some((row["row"].as_str()?.to_owned(), ratio))
        })
        .collect())
}
