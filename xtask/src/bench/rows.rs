//! The workloads.

use std::fs;
use std::path::PathBuf;

use crate::run::{Result, root};

/// A workload: a task of a client, on a Hub of its own.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// The options of the Hub.
    pub(super) hub: &'static [&'static str],
    pub(super) task: &'static [&'static str],
    /// What else is measured: how it is called, and a task of the bare client.
    pub(super) also: Option<(&'static str, &'static [&'static str])>,
    /// Variables for the bare client.
    pub(super) bare: &'static [(&'static str, &'static str)],
    /// Whether everything is in the cache already.
    pub(super) warm: bool,
    /// The number of files of how many bytes that are uploaded.
    pub(super) folder: Option<(usize, usize)>,
    /// The time that we aim at, in times of what the bare client takes.
    pub(super) target: Option<f64>,
    /// Whether each measurement is of a Hub of its own, which counts from the beginning and has nothing of the last one.
    pub(super) fresh: bool,
    /// Whether other clients take part: some take minutes.
    pub(super) peers: bool,
    pub(super) rounds: usize,
}

const CALL: Row = Row {
    name: "",
    hub: &[],
    task: &[],
    also: None,
    bare: &[],
    warm: false,
    folder: None,
    target: None,
    fresh: false,
    peers: true,
    rounds: 11,
};

const SNAPSHOT: Row = Row {
    hub: &["--seed-files", "2000"],
    task: &["snapshot", "user/files"],
    rounds: 5,
    ..CALL
};

const LARGE: Row = Row {
    hub: &["--seed-blob", "2147483648"],
    task: &["download", "user/blob", "model.safetensors"],
    also: Some(("SHA-256 alone", &["sha256", "2147483648"])),
    rounds: 5,
    ..CALL
};

const UPLOAD: Row = Row {
    hub: &[
        "--seed-files",
        "1",
        "--discard",
        "--preupload-limit",
        "1000000",
    ],
    task: &["upload", "user/files", "FOLDER"],
    fresh: true,
    rounds: 5,
    ..CALL
};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "whoami",
        hub: &["--seed-files", "1"],
        task: &["whoami"],
        target: Some(1.5),
        ..CALL
    },
    Row {
        name: "10,000 models in 10 pages",
        hub: &["--seed-models", "10000"],
        task: &["list"],
        target: Some(2.0),
        ..CALL
    },
    Row {
        name: "tree of 10,000 entries",
        hub: &["--seed-files", "10000"],
        task: &["tree", "user/files"],
        target: Some(2.0),
        ..CALL
    },
    Row {
        name: "metadata of 60 shards, 40 ms away",
        hub: &["--seed-shards", "60", "--latency", "40"],
        task: &["metadata", "user/sharded"],
        target: Some(1.05),
        rounds: 5,
        ..CALL
    },
    Row {
        name: "snapshot of 2,000 x 1 KB",
        also: Some(("bare, linked", &["snapshot-linked", "user/files"])),
        target: Some(1.2),
        ..SNAPSHOT
    },
    Row {
        name: "snapshot of 2,000 x 1 KB, 20 ms away",
        hub: &["--seed-files", "2000", "--latency", "20"],
        target: Some(1.1),
        rounds: 3,
        ..SNAPSHOT
    },
    Row {
        name: "snapshot of 2,000 x 1 KB, cached",
        warm: true,
        target: Some(1.3),
        rounds: 11,
        ..SNAPSHOT
    },
    Row {
        name: "snapshot of 2,000 x 1 KB, 1 % refused",
        hub: &["--seed-files", "2000", "--refuse-every", "100"],
        fresh: true,
        rounds: 3,
        ..SNAPSHOT
    },
    Row {
        name: "file of 2 GiB",
        ..LARGE
    },
    Row {
        name: "file of 2 GiB, cached",
        also: None,
        warm: true,
        rounds: 3,
        ..LARGE
    },
    Row {
        name: "file of 2 GiB, 50 MB/s a connection, 40 ms away",
        hub: &[
            "--seed-blob",
            "2147483648",
            "--bandwidth",
            "50000000",
            "--latency",
            "40",
        ],
        also: None,
        bare: &[("BENCH_PARALLEL", "1"), ("BENCH_WORKERS", "16")],
        target: Some(1.2),
        peers: false,
        rounds: 1,
        ..LARGE
    },
    Row {
        name: "upload of 2,000 x 1 KB",
        folder: Some((2000, 1000)),
        ..UPLOAD
    },
    Row {
        name: "upload of 200 x 5 MiB",
        folder: Some((200, 5 << 20)),
        rounds: 3,
        ..UPLOAD
    },
    Row {
        name: "upload of 200 x 5 MiB, 40 ms away",
        hub: &[
            "--seed-files",
            "1",
            "--discard",
            "--preupload-limit",
            "1000000",
            "--latency",
            "40",
        ],
        folder: Some((200, 5 << 20)),
        peers: false,
        rounds: 1,
        ..UPLOAD
    },
];

impl Row {
    /// The task with the folder that is uploaded, which is created if it is not there.
    pub(super) fn words(&self) -> Result<Vec<String>> {
        let mut words: Vec<String> = self.task.iter().map(|&word| word.to_owned()).collect();
        if let Some((files, bytes)) = self.folder {
            let folder = filled(files, bytes)?.display().to_string();
            words.retain(|word| word != "FOLDER");
            words.push(folder);
        }
        Ok(words)
    }
}

/// A folder of so many files of so many bytes, no two alike. The Hub takes files for large by their names, too: small ones
/// are texts here, others are not.
pub(super) fn filled(files: usize, bytes: usize) -> Result<PathBuf> {
    let ending = if bytes < 1 << 20 { "txt" } else { "bin" };
    let folder = root().join(format!("target/bench/files/{files}x{bytes}-{ending}"));
    let failed = |error| format!("{}: {error}", folder.display());
    let done = folder.with_extension("done");
    if done.exists() {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).map_err(failed)?;
    let mut content = noise(1).flatten().take(bytes).collect::<Vec<u8>>();
    for number in 0..files {
        content[..8].copy_from_slice(&(number as u64).to_le_bytes());
        fs::write(folder.join(format!("{number:06}.{ending}")), &content).map_err(failed)?;
    }
    fs::write(&done, "").map_err(failed)?;
    Ok(folder)
}

/// Bytes without a pattern, eight at a time, the same in every run.
pub(crate) fn noise(seed: u64) -> impl Iterator<Item = [u8; 8]> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes())
    })
}
