//! Xet by this client, by Python's `hf_xet` and by the `hf-hub` crate, each
//! call in a process of its own against the same embedded store:
//! `cargo xtask bench xet [--mib N] [--python PYTHON] [--hf-hub PROGRAM]`.
//! The program takes the name of a call of `huggingface_hub` and its arguments
//! as JSON, as `hf call` does.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::clients::build_programs;
use super::cost::{self, mib, scratch};
use super::rows::noise;
use super::{option, peers};
use crate::hub::Hub;
use crate::python;
use crate::run::{Result, root};

const MIB: usize = 1024 * 1024;
/// How many files of how many MiB the folder has.
const FOLDER: (usize, usize) = (200, 5);
/// What is inserted in the middle of a file that is uploaded again.
const INSERTED: &[u8] = b"hello world";
/// How far away the Hub is in the last row.
const LATENCY: &str = "40";
/// Each call is made so often on a Hub of its own; the fastest counts.
const ROUNDS: usize = 3;

/// A client: how it is called.
struct Client {
    name: &'static str,
    program: PathBuf,
    /// What stands before the name of the call.
    words: Vec<String>,
}

pub(crate) fn run(args: &[String]) -> Result {
    let mut args = args.to_vec();
    let mib = match option(&mut args, "--mib") {
        Some(text) => text
            .parse()
            .map_err(|_| format!("--mib {text}: no number"))?,
        None => 2048,
    };
    let peers = peers(&mut args);
    let clients = clients(peers.python, peers.hf_hub)?;
    let files = Files::new(mib)?;
    println!(
        "{:34} {:8} {:>8} {:>7} {:>9} {:>8} {:>9}",
        "", "", "time", "CPU", "store CPU", "peak", "sent"
    );
    let (memory, disk) = (scratch(), root().join("target/bench-xet"));
    let row = format!("download {mib} MiB to memory");
    download(&clients, &row, mib, &memory, &[])?;
    let row = format!("download {mib} MiB to disk");
    download(&clients, &row, mib, &disk, &[])?;
    upload(&clients, &format!("upload {mib} MiB"), &[&files.large], &[])?;
    let (count, each) = FOLDER;
    let folder = format!("{count} x {each} MiB");
    folders(&clients, &folder, &files)?;
    let again = [files.small.as_path(), files.edited.as_path()];
    upload(&clients, "64 MiB again, 11 bytes inserted", &again, &[])?;
    let far = ["--latency", LATENCY];
    let row = format!("download 64 MiB at {LATENCY} ms");
    download(&clients, &row, 64, &memory, &far)?;
    upload(
        &clients,
        &format!("upload 64 MiB at {LATENCY} ms"),
        &[&files.small],
        &far,
    )
}

fn clients(python: Option<String>, hf_hub: Option<String>) -> Result<Vec<Client>> {
    build_programs()?;
    let script = root().join("tests/interop/xet.py");
    let mut clients = vec![
        Client {
            name: "ours",
            program: root().join("target/release/hf"),
            words: vec!["call".to_owned()],
        },
        Client {
            name: "Python",
            program: match python {
                Some(program) => program.into(),
                None => python::interpreter()?,
            },
            words: vec![script.display().to_string(), "--call".to_owned()],
        },
    ];
    clients.extend(hf_hub.map(|program| Client {
        name: "hf-hub",
        program: program.into(),
        words: Vec::new(),
    }));
    Ok(clients)
}

/// What is uploaded.
struct Files {
    large: PathBuf,
    small: PathBuf,
    /// The small one with some bytes inserted.
    edited: PathBuf,
    folder: PathBuf,
}

impl Files {
    fn new(mib: usize) -> Result<Self> {
        let base = root().join("target/bench-xet");
        let files = Self {
            large: base.join(format!("large-{mib}.bin")),
            small: base.join("small.bin"),
            edited: base.join("edited.bin"),
            folder: base.join("folder"),
        };
        let failed = |error| format!("{}: {error}", base.display());
        fs::create_dir_all(&files.folder).map_err(failed)?;
        random(&files.large, 1, mib).map_err(failed)?;
        random(&files.small, 2, 64).map_err(failed)?;
        let mut content = fs::read(&files.small).map_err(failed)?;
        let middle = content.len() / 2;
        content.splice(middle..middle, INSERTED.iter().copied());
        fs::write(&files.edited, content).map_err(failed)?;
        for number in 0..FOLDER.0 {
            let path = files.folder.join(format!("{number:03}.bin"));
            random(&path, 100 + number as u64, FOLDER.1).map_err(failed)?;
        }
        Ok(files)
    }
}

/// Writes a file of random bytes, the same in every run; one that is there is left.
fn random(path: &Path, seed: u64, mib: usize) -> std::io::Result<()> {
    if fs::metadata(path).is_ok_and(|known| known.len() == (mib * MIB) as u64) {
        return Ok(());
    }
    let mut file = BufWriter::new(File::create(path)?);
    for word in noise(seed).take(mib * MIB / 8) {
        file.write_all(&word)?;
    }
    file.flush()
}

fn download(clients: &[Client], what: &str, mib: usize, folder: &Path, more: &[&str]) -> Result {
    let size = (mib * MIB).to_string();
    let target = folder.join("downloaded");
    let costs = take_turns(clients, |client| {
        let mut options = vec!["--xet", "--seed-blob", &size];
        options.extend(more);
        let store = Store::start(&options)?;
        // The Hub hashes what it was seeded with when it is first asked for it.
        store.hub.get("/api/models/user/blob/tree/main")?;
        let _ = fs::remove_dir_all(&target);
        let call =
            json!({"repo_id": "user/blob", "filename": "model.safetensors", "local_dir": target});
        Ok([store.cost(client, "hf_hub_download", &call)?])
    })?;
    let _ = fs::remove_dir_all(&target);
    show([what], clients, &costs);
    Ok(())
}

/// Uploads some files one after another; the last one counts.
fn upload(clients: &[Client], what: &str, files: &[&Path], more: &[&str]) -> Result {
    let costs = take_turns(clients, |client| {
        let mut options = vec!["--xet", "--discard", "--trust", "--seed-files", "1"];
        options.extend(more);
        let store = Store::start(&options)?;
        let mut last = Cost::default();
        for path in files {
            let call =
                json!({"repo_id": "user/files", "path_or_fileobj": path, "path_in_repo": "a.bin"});
            last = store.cost(client, "upload_file", &call)?;
        }
        Ok([last])
    })?;
    show([what], clients, &costs);
    Ok(())
}

/// A folder up, the same unchanged, and down again.
fn folders(clients: &[Client], what: &str, files: &Files) -> Result {
    let target = scratch().join("downloaded");
    let costs = take_turns(clients, |client| {
        let store = Store::start(&["--xet", "--trust", "--seed-files", "1"])?;
        let up = json!({"repo_id": "user/files", "folder_path": files.folder});
        let uploaded = store.cost(client, "upload_folder", &up)?;
        let unchanged = store.cost(client, "upload_folder", &up)?;
        let _ = fs::remove_dir_all(&target);
        let down = json!({"repo_id": "user/files", "local_dir": target});
        let downloaded = store.cost(client, "snapshot_download", &down)?;
        Ok([uploaded, unchanged, downloaded])
    })?;
    let _ = fs::remove_dir_all(&target);
    let rows = ["upload", "unchanged", "download"].map(|row| format!("{row} {what}"));
    show(rows.each_ref().map(String::as_str), clients, &costs);
    Ok(())
}

/// Has each client make its calls, in turns that each of them begins once: the first finds less of the system's memory
/// ready. Returns the fastest of each call.
fn take_turns<const N: usize>(
    clients: &[Client],
    mut calls: impl FnMut(&Client) -> Result<[Cost; N]>,
) -> Result<Vec<[Cost; N]>> {
    let mut best: Vec<Option<[Cost; N]>> = clients.iter().map(|_| None).collect();
    for turn in 0..ROUNDS {
        for place in 0..clients.len() {
            let index = (turn + place) % clients.len();
            let costs = calls(&clients[index])?;
            match &mut best[index] {
                Some(best) => {
                    for (best, cost) in best.iter_mut().zip(costs) {
                        if cost.time < best.time {
                            *best = cost;
                        }
                    }
                }
                none => *none = Some(costs),
            }
        }
    }
    Ok(best.into_iter().flatten().collect())
}

/// What a call costs.
#[derive(Default)]
struct Cost {
    time: Duration,
    cpu: Duration,
    /// CPU time of the Hub with its store.
    store: Duration,
    /// Zero where the system does not tell.
    peak: u64,
    /// Bytes of new xorbs.
    sent: u64,
}

fn show<const N: usize>(rows: [&str; N], clients: &[Client], costs: &[[Cost; N]]) {
    for (index, row) in rows.iter().enumerate() {
        for (client, costs) in clients.iter().zip(costs) {
            let cost = &costs[index];
            println!(
                "{row:34} {:8} {:>6.2} s {:>5.2} s {:>7.2} s {:>4.0} MiB {:>5.1} MiB",
                client.name,
                cost.time.as_secs_f64(),
                cost.cpu.as_secs_f64(),
                cost.store.as_secs_f64(),
                mib(cost.peak),
                mib(cost.sent),
            );
        }
    }
}

/// A fresh Hub with its store, and an empty home for the clients.
struct Store {
    hub: Hub,
    home: PathBuf,
}

impl Store {
    fn start(options: &[&str]) -> Result<Self> {
        let home = scratch().join("home");
        let _ = fs::remove_dir_all(&home);
        let hub = Hub::start(&root().join("target/release/hf-testhub"), options)?;
        Ok(Self { hub, home })
    }

    /// Bytes of xorbs that were uploaded.
    fn received(&self) -> Result<u64> {
        let stats = self.hub.get("/-/testhub/xet")?;
        let stats: Value = serde_json::from_slice(&stats).map_err(|error| error.to_string())?;
        Ok(stats["xorb_bytes"].as_u64().unwrap_or(0))
    }

    /// Makes a call and measures it.
    fn cost(&self, client: &Client, method: &str, arguments: &Value) -> Result<Cost> {
        let mut command = Command::new(&client.program);
        command
            .args(&client.words)
            .args([method, &arguments.to_string()])
            .envs(self.hub.variables.iter().cloned())
            .env("HF_HOME", &self.home)
            .env("HF_HUB_DISABLE_PROGRESS_BARS", "1")
            .env("HF_HUB_DISABLE_TELEMETRY", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let (received, used) = (self.received()?, self.hub.cpu());
        let run = cost::run(&mut command)?;
        Ok(Cost {
            time: run.time,
            cpu: run.cpu,
            store: self.hub.cpu().saturating_sub(used),
            peak: run.peak,
            sent: self.received()? - received,
        })
    }
}
