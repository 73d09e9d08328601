//! The command, with a Hub and a home of its own.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::{fs, path::Path};

use hf_testhub::TestHub;
use serde_json::Value;

/// A Hub, and a person who has nothing but the command.
pub(crate) struct Shell {
    pub(crate) hub: TestHub,
    home: tempfile::TempDir,
}

/// What a command left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shell {
    /// Nobody is logged in.
    pub(crate) fn new() -> Self {
        let shell = Self {
            hub: TestHub::start_blocking(),
            home: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(shell.path("work")).unwrap();
        shell
    }

    /// The user of the Hub is logged in, whose token may write.
    pub(crate) fn logged_in() -> Self {
        let shell = Self::new();
        fs::write(shell.path("token"), shell.hub.token()).unwrap();
        shell
    }

    /// A path in the home, which is `HOME` and `HF_HOME`.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.home.path().join(name)
    }

    /// A path in the working directory of the command.
    pub(crate) fn work(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path("work").join(name)
    }

    /// Writes a file into the working directory.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.work(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The text of a file in the home, if it exists.
    pub(crate) fn file(&self, name: impl AsRef<Path>) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// The command with the words of this line. Its stdin is empty, and its environment names only the Hub and the
    /// home.
    pub(crate) fn command(&self, line: &str) -> Command {
        self.command_of(words(line))
    }

    /// The same with words that have spaces in them.
    pub(crate) fn command_of<W: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = W>,
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hf"));
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HF_ENDPOINT", self.hub.endpoint())
            .env("HF_HOME", self.home.path())
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Ran {
        ran(&self.command(line).output().unwrap())
    }

    /// Starts a command that does not end soon.
    pub(crate) fn start(&self, line: &str) -> Running {
        let mut command = self.command(line);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// What is printed by a command that succeeds.
    pub(crate) fn prints(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.status, Some(0), "{line}: {}", ran.stderr);
        ran.stdout
    }

    /// The JSON that is printed, on one line, by a command that succeeds.
    pub(crate) fn json(&self, line: &str) -> Value {
        let text = self.prints(&format!("{line} --json"));
        assert_eq!(text.lines().count(), 1, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// What a command says on stderr that fails with this status and prints nothing.
    pub(crate) fn fails(&self, status: i32, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.status, Some(status), "{line}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{line}");
        assert!(!ran.stderr.contains("panicked"), "{line}: {}", ran.stderr);
        ran.stderr
    }

    /// Checks that these lines are wrong usage, and that nothing is requested for them.
    pub(crate) fn refuses(&self, lines: &[&str]) {
        let before = self.hub.requests().len();
        for line in lines {
            self.fails(2, line);
        }
        assert_eq!(self.hub.requests().len(), before);
    }
}

/// A command that has not ended.
pub(crate) struct Running(Child);

impl Running {
    /// Waits until something has happened, while the command runs.
    pub(crate) fn wait_until(&mut self, happened: impl Fn() -> bool) {
        while !happened() {
            let ended = self.0.try_wait().unwrap();
            assert!(ended.is_none(), "it ended too early: {ended:?}");
            std::thread::yield_now();
        }
    }

    /// The next line that the command writes to stderr.
    pub(crate) fn next_line_of_stderr(&mut self) -> String {
        let mut line = String::new();
        let stderr = self.0.stderr.as_mut().unwrap();
        // A byte at a time, as the rest is for `interrupt`.
        while !line.ends_with('\n') {
            let mut byte = [0];
            let read = stderr.read(&mut byte).unwrap();
            assert_eq!(read, 1, "it ended too early: {line}");
            line.push(char::from(byte[0]));
        }
        line
    }

    /// Presses Ctrl-C, and returns what the command makes of it.
    pub(crate) fn interrupt(self) -> Ran {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
        ran(&self.0.wait_with_output().unwrap())
    }
}

/// The words of a line. Single quotes keep spaces together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

pub(crate) fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ran {
        status: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// `hf call`, with the token in the environment.
pub(crate) struct Calls(Shell);

impl Calls {
    pub(crate) fn new() -> Self {
        Self(Shell::new())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.command_of(["call"].iter().chain(arguments));
        command.env("HF_TOKEN", self.0.hub.token());
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
        let mut printed: Value = serde_json::from_str(&stderr).unwrap();
        printed["error"].take()
    }
}

impl std::ops::Deref for Calls {
    type Target = Shell;
    fn deref(&self) -> &Shell {
        &self.0
    }
}
