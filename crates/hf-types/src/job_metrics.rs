//! What running jobs use.

use hf_macros::Dataclass;
use serde_json::{Map, Number, Value};

/// One reading of what a running job uses, as `fetch_job_metrics` yields it.
#[derive(Debug, Clone, PartialEq, Default, Dataclass)]
#[dataclass(as_sent)]
#[non_exhaustive]
pub struct JobMetrics {
    /// How much of its CPUs the job uses, in percent.
    pub cpu_usage_pct: Option<Number>,
    /// The CPU time that the job may use, in thousandths of a core.
    pub cpu_millicores: Option<u64>,
    /// Memory in use, in bytes.
    pub memory_used_bytes: Option<u64>,
    /// Memory that the job may use, in bytes.
    pub memory_total_bytes: Option<u64>,
    /// Bytes received per second.
    pub rx_bps: Option<u64>,
    /// Bytes sent per second.
    pub tx_bps: Option<u64>,
    /// The replica that this is about.
    pub replica: Option<String>,
    /// The whole event, as it was sent; the readings of its accelerators are under `gpus`.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}
