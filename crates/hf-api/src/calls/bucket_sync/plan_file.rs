//! Plans in files: one JSON document per line, as the Python client writes them.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use hf_types::{SyncOperation, SyncPlan};
use serde_json::{Map, Value, json};

use crate::{Error, Result};

pub(super) fn save(plan: &SyncPlan, file: &Path) -> Result<()> {
    write(plan, file)
        .map_err(|error| Error::io(format!("writing the plan {}", file.display()), error))
}

/// Line by line: there may be many.
fn write(plan: &SyncPlan, file: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    let header = json!({
        "type": "header",
        "source": plan.source,
        "dest": plan.dest,
        "timestamp": plan.timestamp,
        "summary": plan.summary(),
    });
    writeln!(out, "{header}")?;
    for operation in &plan.operations {
        let mut line = match serde_json::to_value(operation) {
            Ok(Value::Object(line)) => line,
            _ => Map::new(),
        };
        line.remove("bucket_file");
        line.retain(|_, value| !value.is_null());
        line.insert("type".to_owned(), "operation".into());
        writeln!(out, "{}", Value::Object(line))?;
    }
    out.flush()
}

pub(super) fn load(file: &Path) -> Result<SyncPlan> {
    let failed =
        |error: io::Error| Error::io(format!("reading the plan {}", file.display()), error);
    let wrong =
        |line: usize, what: &str| Error::validation(format!("{}:{line}: {what}", file.display()));
    let lines = BufReader::new(File::open(file).map_err(failed)?).lines();
    let mut lines = (1..).zip(lines);
    let header: Value = match lines.next() {
        Some((_, line)) => serde_json::from_str(&line.map_err(failed)?)
            .map_err(|error| wrong(1, &error.to_string()))?,
        None => return Err(wrong(1, "the plan is empty")),
    };
    if header["type"] != "header" {
        return Err(wrong(1, "the first line of a plan is its header"));
    }
    let mut plan: SyncPlan =
        serde_json::from_value(header).map_err(|error| wrong(1, &error.to_string()))?;
    for (number, line) in lines {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() {
            continue;
        }
        let refuse = |error: serde_json::Error| wrong(number, &error.to_string());
        let value: Value = serde_json::from_str(&line).map_err(refuse)?;
        if value["type"] == "operation" {
            plan.operations
                .push(serde_json::from_value::<SyncOperation>(value).map_err(refuse)?);
        }
    }
    Ok(plan)
}
