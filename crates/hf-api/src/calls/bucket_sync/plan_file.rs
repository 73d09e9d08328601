//! Plans in files: one JSON document per line, as the Python client writes them.

use std::fmt::Write as _;
use std::path::Path;

use hf_types::{SyncOperation, SyncPlan};
use serde_json::{Map, Value, json};

use crate::{Error, Result};

pub(super) fn save(plan: &SyncPlan, file: &Path) -> Result<()> {
    let mut text = String::new();
    let header = json!({
        "type": "header",
        "source": plan.source,
        "dest": plan.dest,
        "timestamp": plan.timestamp,
        "summary": plan.summary(),
    });
    let _ = writeln!(text, "{header}");
    for operation in &plan.operations {
        let mut line = match serde_json::to_value(operation) {
            Ok(Value::Object(line)) => line,
            _ => Map::new(),
        };
        line.remove("bucket_file");
        line.retain(|_, value| !value.is_null());
        line.insert("type".to_owned(), "operation".into());
        let _ = writeln!(text, "{}", Value::Object(line));
    }
    std::fs::write(file, text)
        .map_err(|error| Error::io(format!("writing the plan {}", file.display()), error))
}

pub(super) fn load(file: &Path) -> Result<SyncPlan> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::io(format!("reading the plan {}", file.display()), error))?;
    let wrong =
        |line: usize, what: &str| Error::validation(format!("{}:{line}: {what}", file.display()));
    let mut lines = text.lines().enumerate();
    let header: Value = match lines.next() {
        Some((_, line)) => {
            serde_json::from_str(line).map_err(|error| wrong(1, &error.to_string()))?
        }
        None => return Err(wrong(1, "the plan is empty")),
    };
    if header["type"] != "header" {
        return Err(wrong(1, "the first line of a plan is its header"));
    }
    let mut plan: SyncPlan =
        serde_json::from_value(header).map_err(|error| wrong(1, &error.to_string()))?;
    for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let refuse = |error: serde_json::Error| wrong(at + 1, &error.to_string());
        let value: Value = serde_json::from_str(line).map_err(refuse)?;
        if value["type"] == "operation" {
            plan.operations
                .push(serde_json::from_value::<SyncOperation>(value).map_err(refuse)?);
        }
    }
    Ok(plan)
}
