//! The command, with a Hub and a home of its own.

use std::process::{Command, Output};

use hf_testhub::TestHub;
use serde_json::Value;

pub(crate) struct Shell {
    pub(crate) hub: TestHub,
    pub(crate) home: tempfile::TempDir,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self {
            hub: TestHub::start_blocking(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hf"));
        command
            .arg("call")
            .args(arguments)
            .env_clear()
            .env("HF_ENDPOINT", self.hub.endpoint())
            .env("HF_TOKEN", self.hub.token())
            .env("HF_HOME", self.home.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a call prints that succeeds.
    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The error of a call that fails: one line on stderr, nothing on stdout.
    pub(crate) fn fails(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        let mut told: Value = serde_json::from_str(&stderr).unwrap();
        told["error"].take()
    }
}
