//! The embedded Hub as another process.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

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

    pub(crate) fn variable(&self, wanted: &str) -> &str {
        let mut found = self.variables.iter().filter(|(name, _)| name == wanted);
        found.next().map_or("", |(_, value)| value)
    }

    /// The body of a response of the Hub.
    pub(crate) fn get(&self, path: &str) -> Result<Vec<u8>> {
        let address = self.variable("HF_ENDPOINT").trim_start_matches("http://");
        let token = self.variable("HF_TOKEN");
        let ask = || {
            let mut tcp = TcpStream::connect(address)?;
            let head = format!(
                "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
            );
            tcp.write_all(head.as_bytes())?;
            let mut response = Vec::new();
            tcp.read_to_end(&mut response)?;
            Ok(response)
        };
        let mut response = ask().map_err(|error: std::io::Error| format!("{path}: {error}"))?;
        let head = response.windows(4).position(|part| part == b"\r\n\r\n");
        let head = head.ok_or_else(|| format!("{path}: no response"))?;
        Ok(response.split_off(head + 4))
    }

    /// The CPU time that it has used.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(self.process.id())
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

/// CPU time of a process so far; zero where the system does not tell.
fn cpu_of(process: u32) -> Duration {
    /// Units of `/proc/PID/stat`, which are the same on all systems of today.
    const TICKS_PER_SECOND: u64 = 100;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th word after it.
    let ticks: u64 = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}
