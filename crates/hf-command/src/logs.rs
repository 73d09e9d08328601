//! Logs of jobs and Spaces.

use std::collections::VecDeque;

use futures_util::StreamExt as _;
use hf_api::ItemStream;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::{Facts, Mode, Output, print};

/// Prints the lines of a log as they come, or the last ones at the end. Returns whether there were any.
pub(crate) async fn print_log(
    mut lines: ItemStream<Value>,
    tail: Option<usize>,
    output: Output,
) -> Result<bool, Failure> {
    let mut kept = VecDeque::new();
    let mut found = false;
    while let Some(line) = lines.next().await {
        let line = line?;
        let line = line.as_str().unwrap_or_default().trim().to_owned();
        found |= !line.is_empty();
        let Some(tail) = tail else {
            print_line(&line, output)?;
            continue;
        };
        kept.push_back(line);
        if kept.len() > tail {
            kept.pop_front();
        }
    }
    for line in &kept {
        print_line(line, output)?;
    }
    Ok(found)
}

/// Prints a line of a log: in JSON, as an object of its own, as logs may be long.
pub(crate) fn print_line(line: &str, output: Output) -> std::io::Result<()> {
    match output.mode {
        Mode::Json => output.object(&Facts::from([("line", json!(line))])),
        _ => print(&format!("{line}\n")),
    }
}
