//! The clients that are measured.

use std::path::PathBuf;
use std::process::Command;

use crate::run::{Result, cargo, root, status};

/// Does by `huggingface_hub` what the words say.
const PYTHON: &str = "
import sys, huggingface_hub as hub
task, *rest = sys.argv[1:]
api = hub.HfApi()
if task == 'whoami': api.whoami()
elif task == 'list': list(api.list_models())
elif task == 'tree': list(api.list_repo_tree(rest[0], recursive=True))
elif task == 'metadata': api.get_safetensors_metadata(rest[0])
elif task == 'snapshot': hub.snapshot_download(rest[0])
elif task == 'download': hub.hf_hub_download(*rest)
elif task == 'upload': api.upload_folder(repo_id=rest[0], folder_path=rest[1])
else: sys.exit(f'unknown task: {task}')
";

/// A program that takes a task as its arguments: `whoami`, `snapshot REPO`, `upload REPO FOLDER` and so on.
pub(super) struct Client {
    pub(super) name: &'static str,
    program: PathBuf,
    first: Vec<String>,
}

impl Client {
    fn example(name: &'static str, program: &str) -> Self {
        Self {
            name,
            program: root().join("target/release/examples").join(program),
            first: Vec::new(),
        }
    }

    pub(super) fn command(&self, task: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.first).args(task);
        command
    }
}

/// What was asked for by the command line.
#[derive(Default)]
pub(super) struct Peers {
    pub(super) python: Option<String>,
    pub(super) hf_hub: Option<String>,
}

/// Builds all programs of the workspace that any bench runs, by one command: one by one, each would be built with
/// features of its own, and a dependency once for each.
pub(super) fn build_programs() -> Result {
    let mut command = cargo(&["build", "--release"]);
    for package in ["hf-testhub", "hf-command", "hf-tests"] {
        command.args(["--package", package]);
    }
    command.args(["--bins", "--example", "bench_client"]);
    status(command.args(["--example", "bench_bare"]))
}

/// Ours is the first client, the bare one the second.
pub(super) fn build(peers: &Peers) -> Result<Vec<Client>> {
    build_programs()?;
    let mut clients = vec![
        Client::example("ours", "bench_client"),
        Client::example("bare", "bench_bare"),
    ];
    clients.extend(peers.hf_hub.as_ref().map(|program| Client {
        name: "hf-hub",
        program: program.into(),
        first: Vec::new(),
    }));
    clients.extend(peers.python.as_ref().map(|program| Client {
        name: "Python",
        program: program.into(),
        first: vec!["-c".to_owned(), PYTHON.to_owned()],
    }));
    Ok(clients)
}
