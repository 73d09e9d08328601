//! Uploads over loopback, by this crate and by other clients:
//!
//! ```sh
//! cargo bench -p hf-commit --bench upload -- [CASE...] [OPTION...]
//! ```
//!
//! The Hub runs in this process, each client in one of its own, whose wall time (start to exit), peak memory and number
//! of requests are reported. Cases: `small` (2,000 files of 1 KB), `large` (one of 2 GiB), `many` (200 of 5 MiB), `far` (the
//! same at a latency of 40 ms), `folder` (20,000 files of 1 KB), `huge` (100,000 of them); without a name, all of them.
//!
//! | option | |
//! |---|---|
//! | `--rounds N` | runs each N times (default 5), the clients in turn; the fastest counts |
//! | `--python PATH` | also with `huggingface_hub` (without Xet), by this interpreter |
//! | `--hf-hub PROGRAM` | also by this program of the `hf-hub` crate, called with `upload user/repo FOLDER` |
//! | `--only CLIENT` | by one of `ours`, `bare`, `python`, `hf-hub` alone |
//! | `--again` | measures a second upload of the same folder |
//! | `--large SIZE` | one sparse file of `50GB`, say, which the Hub counts without hashing it |
//! | `--files N` | N files of 1 KB beside it |
//! | `--remote N` | N other files, `data/...txt`, are on the Hub before |
//! | `--delete PATTERN` | deletes those that match and are not in the folder (`ours` only) |
//!
//! `bare` is a client that does only what must be done, one thing after the other.

mod bare;
mod cases;
mod measure;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use cases::{CASES, Case, parse_size};
use hf_commit::{RepoTarget, UploadFolder};
use hf_transport::{Client, Error, Result};
use measure::{Outcome, Program, measure};

/// Where a client of ours finds the pattern of files to delete.
const DELETE: &str = "HF_COMMIT_BENCH_DELETE";

struct Options {
    cases: Vec<Case>,
    programs: Vec<Program>,
    rounds: usize,
    again: bool,
    remote: usize,
    delete: Option<OsString>,
}

fn main() -> Result<()> {
    let mut args: Vec<OsString> = std::env::args_os().skip(1).collect();
    args.retain(|arg| arg != "--bench");
    if let [flag, client, folder] = args.as_slice()
        && flag == "--client"
    {
        return upload(client == "bare", Path::new(folder));
    }
    let options = parse(args.into_iter())?;
    println!(
        "{:8} {:6} {:>9} {:>9} {:>9}",
        "case", "client", "seconds", "peak MB", "requests"
    );
    for case in &options.cases {
        let dir = case.fill()?;
        let mut best: Vec<Option<Outcome>> = options.programs.iter().map(|_| None).collect();
        for _ in 0..options.rounds {
            for (best, program) in best.iter_mut().zip(&options.programs) {
                let outcome = measure(case, program, dir.path(), &options)?;
                if best.as_ref().is_none_or(|b| outcome.took < b.took) {
                    *best = Some(outcome);
                }
            }
        }
        for (best, program) in best.iter().zip(&options.programs) {
            let Some(best) = best else { continue };
            println!(
                "{:8} {:6} {:9.3} {:9.1} {:9}",
                case.name,
                program.name(),
                best.took.as_secs_f64(),
                Kib(best.peak).mb(),
                best.requests
            );
        }
    }
    Ok(())
}

struct Kib(u64);

impl Kib {
    fn mb(&self) -> f64 {
        // No process has 2^52 KiB.
        #[allow(clippy::cast_precision_loss)]
        let kib = self.0 as f64;
        kib * 1024.0 / 1e6
    }
}

fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Options> {
    let mut cases = Vec::new();
    let mut programs = vec![Program::Ours, Program::Bare];
    let (mut rounds, mut again, mut only) = (5, false, None);
    let (mut large, mut files, mut remote, mut delete) = (None, 0, 0, None);
    let wrong = |what: &str| {
        Error::validation(format!("{what}; the head of this bench's source tells how"))
    };
    while let Some(arg) = args.next() {
        let name = arg.to_string_lossy().into_owned();
        let mut value = || {
            args.next()
                .ok_or_else(|| wrong(&format!("{name} needs a value")))
        };
        let text = |value: OsString| value.to_string_lossy().into_owned();
        let number = |value: OsString| {
            text(value)
                .parse::<usize>()
                .map_err(|_| wrong(&format!("{name} needs a number")))
        };
        match name.as_str() {
            "--rounds" => rounds = number(value()?)?,
            "--python" => programs.push(Program::Python(value()?)),
            "--hf-hub" => programs.push(Program::HfHub(value()?)),
            "--only" => only = Some(text(value()?)),
            "--again" => again = true,
            "--large" => large = Some(parse_size(&text(value()?))?),
            "--files" => files = number(value()?)?,
            "--remote" => remote = number(value()?)?,
            "--delete" => delete = Some(value()?),
            name => match CASES.iter().find(|case| case.name == name) {
                Some(case) => cases.push(*case),
                None => return Err(wrong(&format!("there is no case or option {name:?}"))),
            },
        }
    }
    cases.extend(large.map(|bytes| Case::sparse(bytes, files)));
    if cases.is_empty() {
        cases.extend(CASES);
    }
    if let Some(only) = only {
        programs.retain(|program| program.name() == only);
    }
    Ok(Options {
        cases,
        programs,
        rounds,
        again,
        remote,
        delete,
    })
}

fn failed(what: &str) -> impl Fn(std::io::Error) -> Error {
    move |error| Error::io(what, error)
}

/// What a client's own process does.
fn upload(bare: bool, folder: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(failed("no runtime"))?;
    runtime.block_on(async {
        if bare {
            return bare::upload(&mut files_of(folder)?).await;
        }
        let target = RepoTarget::model("user/repo")?;
        let mut upload = UploadFolder::new(target, folder);
        if let Ok(pattern) = std::env::var(DELETE) {
            upload = upload.delete_patterns([pattern]);
        }
        upload.run(&Client::new()?).await.map(drop)
    })
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed("no folder"))? {
        let folder = entry.map_err(failed("no entry"))?.path();
        for entry in std::fs::read_dir(folder).map_err(failed("no folder"))? {
            files.push(entry.map_err(failed("no entry"))?.path());
        }
    }
    files.sort();
    Ok(files)
}
