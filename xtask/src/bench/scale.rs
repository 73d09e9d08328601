//! How cost grows with size: `cargo xtask bench scale [WORKLOAD...]`.

use std::fs;
use std::path::{Path, PathBuf};

use super::clients::{self, Client, Peers};
use super::cost::{Cost, cost, mib, scratch};
use super::rows::filled;
use crate::hub::Hub;
use crate::run::{Result, root};

/// A workload of several sizes.
struct Workload {
    name: &'static str,
    sizes: &'static [usize],
    /// The options of the Hub and the task; `SIZE` is the number, `FOLDER` a folder of so many files, `CACHE` a cache of
    /// so many repositories, `EMPTY` a folder that does not exist yet.
    hub: &'static [&'static str],
    task: &'static [&'static str],
    /// A task before it, which is not measured.
    before: Option<&'static [&'static str]>,
}

const UPLOAD: &[&str] = &[
    "--seed-files",
    "1",
    "--discard",
    "--preupload-limit",
    "1000000",
];

const BUCKET: &str = "hf://buckets/user/data";

const WORKLOADS: &[Workload] = &[
    Workload {
        name: "models, streamed",
        sizes: &[10_000, 100_000, 1_000_000],
        hub: &["--seed-models", "SIZE"],
        task: &["stream"],
        before: None,
    },
    Workload {
        name: "models, collected",
        sizes: &[10_000, 100_000, 1_000_000],
        hub: &["--seed-models", "SIZE"],
        task: &["list"],
        before: None,
    },
    Workload {
        name: "entries of a tree",
        sizes: &[10_000, 100_000, 1_000_000],
        hub: &["--seed-files", "SIZE"],
        task: &["tree", "user/files"],
        before: None,
    },
    Workload {
        name: "files in the plan of a snapshot",
        sizes: &[10_000, 100_000, 1_000_000],
        hub: &["--seed-files", "SIZE"],
        task: &["plan", "user/files"],
        before: None,
    },
    Workload {
        name: "repositories in a cache that is scanned",
        sizes: &[100, 1_000, 10_000],
        hub: &[],
        task: &["scan", "CACHE"],
        before: None,
    },
    Workload {
        name: "files of 1 KB uploaded",
        sizes: &[1_000, 10_000, 100_000],
        hub: UPLOAD,
        task: &["upload", "user/files", "FOLDER"],
        before: None,
    },
    Workload {
        name: "files deleted by a pattern",
        sizes: &[1_000, 10_000, 100_000],
        hub: &["--seed-files", "SIZE"],
        task: &["delete", "user/files", "data/*"],
        before: None,
    },
    Workload {
        name: "calls at once on one client",
        sizes: &[10, 100, 1_000],
        hub: &[],
        task: &["calls", "SIZE"],
        before: Some(&["whoami"]),
    },
    Workload {
        name: "files of 1 KB synced into a bucket",
        sizes: &[1_000, 10_000, 100_000],
        hub: &["--discard"],
        task: &["sync", "FOLDER", BUCKET],
        before: None,
    },
    Workload {
        name: "files in the plan of a sync, all in place",
        sizes: &[1_000, 10_000, 100_000],
        hub: &["--discard"],
        task: &["sync-plan", "FOLDER", BUCKET],
        before: Some(&["sync", "FOLDER", BUCKET]),
    },
    Workload {
        name: "files of 1 KB synced from a bucket",
        sizes: &[1_000, 10_000, 100_000],
        hub: &[],
        task: &["sync", BUCKET, "EMPTY"],
        before: Some(&["sync", "FOLDER", BUCKET]),
    },
    // A push every five minutes is 8,640 a month.
    Workload {
        name: "pushes of a scheduler",
        sizes: &[864, 8_640],
        hub: UPLOAD,
        task: &["pushes", "user/files", "SIZE"],
        before: None,
    },
];

pub(super) fn run(wanted: &[String]) -> Result {
    let clients = clients::build(&Peers::default())?;
    println!(
        "{:40} {:>9} {:>9} {:>11} {:>9} {:>8}",
        "", "size", "time", "a piece", "peak", "requests"
    );
    let fits = |workload: &&Workload| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|word| workload.name.contains(word.as_str()))
    };
    for workload in WORKLOADS.iter().filter(fits) {
        for &size in workload.sizes {
            show(workload.name, size, &one(workload, size, &clients[0])?);
        }
    }
    Ok(())
}

fn one(workload: &Workload, size: usize, client: &Client) -> Result<Cost> {
    let home = scratch();
    let _ = fs::remove_dir_all(&home);
    let fill = |words: &[&str]| -> Result<Vec<String>> {
        let word = |word: &&str| match *word {
            "SIZE" => Ok(size.to_string()),
            "FOLDER" => Ok(filled(size, 1000)?.display().to_string()),
            "CACHE" => Ok(cache(size)?.display().to_string()),
            "EMPTY" => Ok(home.join("synced").display().to_string()),
            word => Ok(word.to_owned()),
        };
        words.iter().map(word).collect()
    };
    let options = fill(workload.hub)?;
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let hub = Hub::start(&root().join("target/release/hf-testhub"), &options)?;
    if let Some(before) = workload.before {
        cost(&hub, &mut client.command(&fill(before)?), &home)?;
    }
    cost(&hub, &mut client.command(&fill(workload.task)?), &home)
}

fn show(name: &str, size: usize, cost: &Cost) {
    let pieces = u32::try_from(size).map_or(f64::NAN, f64::from);
    let mib = mib(cost.peak);
    println!(
        "{name:40} {size:>9} {:>7.3} s {:>8.1} µs {mib:>5.1} MiB {:>8}",
        cost.time.as_secs_f64(),
        cost.time.as_secs_f64() * 1e6 / pieces,
        cost.requests
    );
}

/// A cache folder with so many repositories of one revision and one file each.
pub(super) fn cache(repositories: usize) -> Result<PathBuf> {
    let folder = root().join(format!("target/bench/files/cache-{repositories}"));
    for number in 0..repositories {
        let repo = folder.join(format!("models--org--model-{number:06}"));
        if !repo.exists() {
            repository(&repo, number).map_err(|error| format!("{}: {error}", repo.display()))?;
        }
    }
    Ok(folder)
}

fn repository(repo: &Path, number: usize) -> std::io::Result<()> {
    let commit = format!("{number:040x}");
    let snapshot = repo.join("snapshots").join(&commit);
    for folder in [&snapshot, &repo.join("refs"), &repo.join("blobs")] {
        fs::create_dir_all(folder)?;
    }
    fs::write(repo.join("refs/main"), &commit)?;
    fs::write(repo.join("blobs").join(&commit), format!("{number}\n"))?;
    let blob = Path::new("../../blobs").join(&commit);
    link(&blob, &snapshot.join("config.json"))
}

#[cfg(unix)]
fn link(target: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, name)
}

#[cfg(not(unix))]
fn link(target: &Path, name: &Path) -> std::io::Result<()> {
    let target = name.parent().unwrap_or(name).join(target);
    fs::copy(target, name).map(drop)
}
