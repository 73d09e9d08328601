//! Evaluation results of models.

use hf_macros::Dataclass;

use crate::Extra;
use serde_json::{Value, json};

/// A score of a model on a benchmark, as in the files `.eval_results/*.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct EvalResultEntry {
    /// The dataset of the benchmark, such as `cais/hle`.
    #[dataclass(wire = "dataset.id", wire = "data.dataset.id")]
    pub dataset_id: String,
    /// The task within the benchmark.
    #[dataclass(wire = "dataset.task_id", wire = "data.dataset.task_id")]
    pub task_id: String,
    /// The value of the metric.
    #[dataclass(wire = "value", wire = "data.value")]
    pub value: Value,
    /// The commit of the benchmark's dataset.
    #[dataclass(wire = "dataset.revision", wire = "data.dataset.revision")]
    pub dataset_revision: Option<String>,
    /// A signature that proves how the result came about.
    #[dataclass(wire = "verifyToken", wire = "data.verifyToken")]
    pub verify_token: Option<String>,
    /// When the evaluation ran, as written in the file.
    #[dataclass(wire = "date", wire = "data.date")]
    pub date: Option<String>,
    /// The source of the result.
    #[dataclass(wire = "source.url", wire = "data.source.url")]
    pub source_url: Option<String>,
    /// The name of the source.
    #[dataclass(wire = "source.name", wire = "data.source.name")]
    pub source_name: Option<String>,
    /// The user it is attributed to.
    #[dataclass(wire = "source.user", wire = "data.source.user")]
    pub source_user: Option<String>,
    /// The organization it is attributed to.
    #[dataclass(wire = "source.org", wire = "data.source.org")]
    pub source_org: Option<String>,
    /// Remarks on how it was run.
    #[dataclass(wire = "notes", wire = "data.notes")]
    pub notes: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl EvalResultEntry {
    /// Returns the entry in the form of a `.eval_results/*.yaml` file.
    pub fn to_file_entry(&self) -> Value {
        let mut dataset = json!({"id": self.dataset_id, "task_id": self.task_id});
        set(&mut dataset, "revision", self.dataset_revision.as_ref());
        let mut entry = json!({"dataset": dataset, "value": self.value});
        set(&mut entry, "verifyToken", self.verify_token.as_ref());
        set(&mut entry, "date", self.date.as_ref());
        if let Some(url) = &self.source_url {
            let mut source = json!({"url": url});
            set(&mut source, "name", self.source_name.as_ref());
            set(&mut source, "user", self.source_user.as_ref());
            set(&mut source, "org", self.source_org.as_ref());
            entry["source"] = source;
        }
        set(&mut entry, "notes", self.notes.as_ref());
        entry
    }
}

fn set(object: &mut Value, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        object[name] = Value::from(value.as_str());
    }
}
