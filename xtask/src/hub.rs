//! The embedded Hub as another process.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::run::Result;

/// A running `hf-testhub`, stopped when dropped.
pub(crate) struct Hub {
    process: Child,
    /// What it prints: its URLs and tokens.
    pub(crate) variables: Vec<(String, String)>,
}

impl Hub {
    /// Starts the program with these options, and waits until it is ready.
    pub(crate) fn start(program: &Path, options: &[&str]) -> Result<Self> {
        let process = Command::new(program)
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} did not start: {error}", program.display()))?;
        let mut hub = Self {
            process,
            variables: Vec::new(),
        };
        let out = hub
            .process
            .stdout
            .take()
            .ok_or("hf-testhub has no output")?;
        for line in BufReader::new(out).lines() {
            let line = line.map_err(|error| format!("hf-testhub: {error}"))?;
            let Some((name, value)) = line.split_once('=') else {
                return Err(format!("hf-testhub printed {line:?}"));
            };
            hub.variables.push((name.to_owned(), value.to_owned()));
            // The last of what it prints.
            if name == "STORAGE" {
                return Ok(hub);
            }
        }
        Err("hf-testhub ended before it was ready".to_owned())
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program of the workspace, built by the same profile as this one.
pub(crate) fn beside_this_program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().map_err(|error| format!("where am I: {error}"))?;
    Ok(own.with_file_name(name))
}
