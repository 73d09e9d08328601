//! `hf jobs stats`.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use clap::Args;
use futures_util::future::try_join_all;
use futures_util::stream::select_all;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::{JobOptions, JobRef};
use crate::failure::{Done, Failure};
use crate::hub::Hub;
use crate::output::{Facts, Mode, Output, print};

const HEADERS: [&str; 9] = [
    "JOB ID",
    "CPU %",
    "NUM CPU",
    "MEM %",
    "MEM USAGE",
    "NET I/O",
    "GPU UTIL %",
    "GPU MEM %",
    "GPU MEM USAGE",
];

#[derive(Debug, Args)]
pub(crate) struct StatsArgs {
    /// The jobs: `ID` or `NAMESPACE/ID`. By default, all that run.
    job_ids: Vec<String>,
    /// Go on until the jobs have ended.
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    options: JobOptions,
}

pub(super) async fn run(args: &StatsArgs, output: Output) -> Done {
    if args.follow && output.mode != Mode::Human {
        return Err(Failure::usage(
            "--follow is a view for a terminal; it has no other format",
        ));
    }
    let namespace = args.options.namespace.as_deref();
    let (mut ids, mut namespace) = JobRef::parse_all(&args.job_ids, namespace)?;
    namespace = namespace.or_else(|| args.options.namespace.clone());
    let hub = Hub::connect(&args.options.token, output).await?;
    if ids.is_empty() {
        let arguments = json!({"namespace": namespace, "status": ["RUNNING", "UPDATING"]});
        let running = hub.items("list_jobs", arguments, usize::MAX).await?;
        ids = running
            .iter()
            .filter_map(|job| job["id"].as_str())
            .map(str::to_owned)
            .collect();
    }
    if ids.is_empty() {
        hub.table(Vec::new(), &[], "job_id")?;
        output.hint("no job is running; `hf jobs ls -a` lists those that have ended");
        return Ok(());
    }
    if args.follow {
        return follow(&ids, namespace.as_deref(), &hub).await;
    }
    let latest = ids.iter().map(async |id| -> Result<_, Failure> {
        let mut readings = readings(&hub, id, namespace.as_deref(), false)?;
        Ok((id, readings.try_next().await?))
    });
    let mut known = Vec::new();
    for (id, reading) in try_join_all(latest).await? {
        match reading {
            Some(reading) => known.push((id.as_str(), reading)),
            None => output.warn(&format!("there are no readings of job {id}; does it run?")),
        }
    }
    if output.mode == Mode::Human && !known.is_empty() {
        let rows = known.iter().flat_map(|(id, reading)| rows(id, reading));
        return Ok(print(&aligned(rows.collect()))?);
    }
    let row = |(id, reading): &(&str, Value)| {
        let mut row = Facts::from([("job_id", json!(id))]);
        for (name, value) in reading.as_object().into_iter().flatten() {
            row.set(name, value.clone());
        }
        row
    };
    hub.table(known.iter().map(row).collect(), &[], "job_id")
}

fn readings(
    hub: &Hub,
    id: &str,
    namespace: Option<&str>,
    follow: bool,
) -> Result<hf_api::ItemStream<Value>, Failure> {
    let arguments = json!({"job_id": id, "namespace": namespace, "follow": follow});
    Ok(hub.api.call_stream("fetch_job_metrics", arguments)?)
}

/// Prints the table again with each reading: on a terminal, in its place.
async fn follow(ids: &[String], namespace: Option<&str>, hub: &Hub) -> Done {
    let mut streams = Vec::new();
    for id in ids {
        let readings = readings(hub, id, namespace, true)?;
        streams.push(readings.map_ok(move |reading| (id, reading)).boxed());
    }
    let mut readings = select_all(streams);
    let mut latest: BTreeMap<&str, Vec<Vec<String>>> = ids
        .iter()
        .map(|id| (id.as_str(), vec![unknown(id)]))
        .collect();
    let is_terminal = io::stdout().is_terminal();
    let mut printed = 0;
    loop {
        let text = aligned(latest.values().flatten().cloned().collect());
        let up = if is_terminal && printed > 0 {
            format!("\x1b[{printed}A\x1b[J")
        } else {
            String::new()
        };
        printed = text.lines().count();
        print(&(up + &text))?;
        match readings.try_next().await? {
            Some((id, reading)) => latest.insert(id, rows(id, &reading)),
            None => return Ok(()),
        };
    }
}

fn unknown(id: &str) -> Vec<String> {
    let mut row = vec![id.to_owned()];
    row.resize(HEADERS.len(), "--".to_owned());
    row
}

/// The lines of one job: one for each of its GPUs, at least one.
fn rows(id: &str, reading: &Value) -> Vec<Vec<String>> {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let percent = |value: &Value| {
        value
            .as_f64()
            .map_or_else(|| "--".to_owned(), |value| format!("{value}%"))
    };
    let usage = |thing: &Value| {
        let (used, total) = (
            number(&thing["memory_used_bytes"]),
            number(&thing["memory_total_bytes"]),
        );
        let part = if total > 0.0 {
            (10_000.0 * used / total).round() / 100.0
        } else {
            0.0
        };
        [
            format!("{part}%"),
            format!("{}B / {}B", size(used), size(total)),
        ]
    };
    let mut first = vec![id.to_owned(), percent(&reading["cpu_usage_pct"])];
    first.push(format!(
        "{:.1}",
        number(&reading["cpu_millicores"]) / 1000.0
    ));
    first.extend(usage(reading));
    first.push(format!(
        "{}bps / {}bps",
        size(number(&reading["rx_bps"])),
        size(number(&reading["tx_bps"]))
    ));
    let gpus = reading["gpus"].as_object().into_iter().flatten();
    let mut lines: Vec<Vec<String>> = gpus
        .map(|(_, gpu)| {
            let mut line = vec![percent(&gpu["utilization"])];
            line.extend(usage(gpu));
            line
        })
        .collect();
    if lines.is_empty() {
        lines.push(vec!["N/A".to_owned(); 3]);
    }
    let blank = vec![String::new(); first.len()];
    let line = |(at, gpu): (usize, Vec<String>)| {
        [
            if at == 0 {
                first.clone()
            } else {
                blank.clone()
            },
            gpu,
        ]
        .concat()
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// `47.0`, `2.1K`, `1.2G`
fn size(mut number: f64) -> String {
    for unit in ["", "K", "M", "G", "T"] {
        if number.abs() < 1000.0 {
            return format!("{number:.1}{unit}");
        }
        number /= 1000.0;
    }
    format!("{number:.1}P")
}

fn aligned(rows: Vec<Vec<String>>) -> String {
    let mut lines = vec![HEADERS.map(str::to_owned).to_vec()];
    lines.extend(rows);
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| Some(line.get(column)?.chars().count()))
            .max()
    };
    let widths: Vec<_> = (0..HEADERS.len())
        .map(|column| width(column).unwrap_or(0))
        .collect();
    lines.insert(1, widths.iter().map(|width| "-".repeat(*width)).collect());
    let shown = lines.iter().map(|line| {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join(" ").trim_end().to_owned() + "\n"
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_a_line_for_each_gpu() {
        let gpu = json!({"utilization": 50, "memory_used_bytes": 1, "memory_total_bytes": 3});
        let reading = json!({
            "cpu_usage_pct": 12.5, "cpu_millicores": 3500, "memory_used_bytes": 2_100_000_000_u64,
            "memory_total_bytes": 4_000_000_000_u64, "rx_bps": 12, "tx_bps": 0, "gpus": {"0": gpu, "1": gpu},
        });
        let rows = rows("687f", &reading);
        assert_eq!(rows.len(), 2);
        assert_eq!(
            rows[0],
            [
                "687f",
                "12.5%",
                "3.5",
                "52.5%",
                "2.1GB / 4.0GB",
                "12.0bps / 0.0bps",
                "50%",
                "33.33%",
                "1.0B / 3.0B"
            ]
        );
        assert_eq!(rows[1][..6], [""; 6]);
    }

    #[test]
    fn a_reading_may_lack_everything() {
        assert_eq!(rows("1", &json!({}))[0].len(), HEADERS.len());
    }
}
