//! What one run of one client costs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use wait4::Wait4;

use crate::hub::Hub;
use crate::run::{Result, root};

/// Where caches and downloaded files go: into memory where that is possible. A disk that has just removed what an earlier
/// round wrote takes several times as long to write the same again, which says nothing of the client.
pub(super) fn scratch() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        memory.join("hf-bench")
    } else {
        root().join("target/bench/scratch")
    }
}

#[derive(Clone, Copy)]
pub(super) struct Cost {
    /// From start to exit.
    pub(super) time: Duration,
    /// User and system time.
    pub(super) cpu: Duration,
    /// The most memory, in bytes; zero where the system does not tell.
    pub(super) peak: u64,
    pub(super) requests: u64,
}

/// Runs a client to its end.
pub(super) fn cost(hub: &Hub, command: &mut Command, home: &Path) -> Result<Cost> {
    command
        .envs(hub.variables.iter().cloned())
        .env("HF_HOME", home)
        .env("HF_HUB_DISABLE_XET", "1")
        .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        .env("HF_HUB_DISABLE_TELEMETRY", "1")
        .env_remove("HF_HUB_CACHE")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let before = requests(hub)?;
    let run = run(command)?;
    Ok(Cost {
        // Without the request that asked for the number.
        requests: requests(hub)? - before - 1,
        ..run
    })
}

/// Runs a program to its end; its requests are not counted.
pub(super) fn run(command: &mut Command) -> Result<Cost> {
    // Without its variables, which are the same for all.
    let shown = format!(
        "{} {:?}",
        command.get_program().display(),
        command.get_args()
    );
    let failed = |error| format!("{shown}: {error}");
    let start = Instant::now();
    let end = command.spawn().map_err(failed)?.wait4().map_err(failed)?;
    let time = start.elapsed();
    if !end.status.success() {
        return Err(format!("{shown} failed: {}", end.status));
    }
    Ok(Cost {
        time,
        cpu: end.rusage.utime + end.rusage.stime,
        peak: end.rusage.maxrss,
        requests: 0,
    })
}

/// Bytes in MiB.
pub(super) fn mib(bytes: u64) -> f64 {
    u32::try_from(bytes >> 10).map_or(f64::NAN, f64::from) / 1024.0
}

/// The number of requests so far. A Hub that refuses some requests may refuse this one.
fn requests(hub: &Hub) -> Result<u64> {
    for _ in 0..3 {
        let body = hub.get("/-/testhub/requests")?;
        let counted = serde_json::from_slice::<Value>(&body).ok();
        if let Some(count) = counted.and_then(|value| value["requests"].as_u64()) {
            return Ok(count);
        }
    }
    Err("the Hub does not tell how many requests it has seen".to_owned())
}

/// The run in the middle by each measure of its own.
pub(super) fn median(costs: &[Cost]) -> Option<Cost> {
    let middle = |key: fn(&Cost) -> u128| {
        let mut sorted: Vec<&Cost> = costs.iter().collect();
        sorted.sort_by_key(|cost| key(cost));
        sorted.get(sorted.len() / 2).copied().copied()
    };
    Some(Cost {
        time: middle(|cost| cost.time.as_nanos())?.time,
        cpu: middle(|cost| cost.cpu.as_nanos())?.cpu,
        peak: middle(|cost| cost.peak.into())?.peak,
        requests: middle(|cost| cost.requests.into())?.requests,
    })
}
