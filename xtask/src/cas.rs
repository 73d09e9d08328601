//! The official content store behind the embedded Hub, and both clients
//! against it: `cargo xtask cas [--big]`.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::hub::{Hub, beside_this_program};
use crate::run::{Result, cargo, root, status};
use crate::{interop, python};

/// The release whose formats and routes this client follows; the one that
/// the pinned `hf_xet` is made of.
const VERSION: &str = "1.8.0";

/// How long the store may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(args: &[String]) -> Result {
    let python = python::interpreter()?;
    let program = installed()?;
    interop::build()?;
    let data = root().join("target/cas/data");
    let _ = std::fs::remove_dir_all(&data);
    let store = Store::start(&program, &data)?;
    let shards = data.join("shards");
    let shards = shards
        .to_str()
        .ok_or("the path of the repository is not UTF-8")?;
    let options = [
        "--xet",
        "--lfs-threshold",
        "1000",
        "--store",
        &store.url,
        shards,
    ];
    let hub = Hub::start(&beside_this_program("hf-testhub")?, &options)?;
    let mut command = interop::command(&python, "xet.py", &hub, args)?;
    status(command.env("XET_STORE", &data))
}

/// The path of `local_cas_server`, which is installed where it is not there:
/// `HF_CAS_SERVER` names another one.
fn installed() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os("HF_CAS_SERVER") {
        return Ok(program.into());
    }
    let folder = root().join("target/cas");
    let program = folder.join("bin/local_cas_server");
    let mark = folder.join("installed");
    if program.exists() && std::fs::read_to_string(&mark).is_ok_and(|found| found == VERSION) {
        return Ok(program);
    }
    let mut command = cargo(&["install", "xet-client", "--version", VERSION, "--locked"]);
    command
        .args([
            "--features",
            "simulation",
            "--bin",
            "local_cas_server",
            "--force",
            "--root",
        ])
        .arg(&folder)
        .arg("--target-dir")
        .arg(folder.join("target"));
    status(&mut command)?;
    std::fs::write(&mark, VERSION).map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(program)
}

/// A running `local_cas_server`, stopped when dropped.
struct Store {
    process: Child,
    url: String,
}

impl Store {
    fn start(program: &Path, data: &Path) -> Result<Self> {
        let failed = |error| format!("{}: {error}", program.display());
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|error| format!("no free port: {error}"))?
            .port();
        let process = Command::new(program)
            .arg("--data-directory")
            .arg(data)
            .args(["--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let mut store = Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(ended) = store.process.try_wait().map_err(failed)? {
                return Err(format!("{} ended: {ended}", program.display()));
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("{} does not listen", program.display()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(store)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
