//! What the command `hf` looks like on a terminal, for its documentation: `cargo xtask screens` (needs tmux).
//!
//! The lines are typed into a terminal of 100 columns, against the embedded Hub. What stands there is written to
//! `crates/hf-command/docs/screens.md`, without colours.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bench::noise;
use crate::hub::{Hub, beside_this_program};
use crate::interop::build;
use crate::run::{Result, output, root, status};

const PAGE: &str = "crates/hf-command/docs/screens.md";
const FOLDER: &str = "/tmp/hf-screens";
const PROMPT: &str = "$";
/// Longer than the slowest transfer here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Slow enough that bars are seen.
const HUB: &[&str] = &[
    "--port",
    "8123",
    "--bandwidth",
    "6000000",
    "--seed-blob",
    "30000000",
    "--seed-files",
    "40",
];

struct Screen {
    title: &'static str,
    lines: &'static [&'static str],
    /// A text that is there on the way. The screen is shown as it is then, too.
    on_the_way: Option<&'static str>,
}

const SCREENS: &[Screen] = &[
    Screen {
        title: "Download",
        lines: &["hf download user/blob"],
        on_the_way: Some("█░"),
    },
    Screen {
        title: "Upload",
        lines: &["hf upload user/mine out"],
        on_the_way: Some("█░"),
    },
    Screen {
        title: "What is in the cache",
        lines: &["hf download user/files -q", "hf cache ls --sort size"],
        on_the_way: None,
    },
    Screen {
        title: "Jobs",
        lines: &[
            "hf jobs run -d -q --name train --flavor a10g-small python:3.12 python train.py",
            "hf jobs run -d -q --name evaluate ubuntu sh evaluate.sh",
            "hf jobs ps --all",
        ],
        on_the_way: None,
    },
    Screen {
        title: "An error",
        lines: &["hf download user/blobb", "hf dowload user/blob"],
        on_the_way: None,
    },
];

pub(crate) fn run(args: &[String]) -> Result {
    if let [unknown, ..] = args {
        return Err(format!("unknown argument `{unknown}`"));
    }
    build()?;
    let hub = Hub::start(&beside_this_program("hf-testhub")?, HUB)?;
    let _ = fs::remove_dir_all(FOLDER);
    let written = |error| format!("{FOLDER}: {error}");
    fs::create_dir_all(Path::new(FOLDER).join("out")).map_err(written)?;
    fs::write(
        Path::new(FOLDER).join("out/model.safetensors"),
        // Bytes that no deduplication makes fewer.
        noise(1).flatten().take(20_000_000).collect::<Vec<u8>>(),
    )
    .map_err(written)?;
    fs::write(
        Path::new(FOLDER).join("out/config.json"),
        "{\"layers\": 2}\n",
    )
    .map_err(written)?;
    let mut page = "# What it looks like\n\n\
                    Written by `cargo xtask screens`, which types the lines into a terminal of 100 columns against an\n\
                    embedded Hub. On a terminal, marks, bars, hints and errors are coloured.\n"
        .to_owned();
    for (number, screen) in SCREENS.iter().enumerate() {
        let terminal = Terminal::open(&hub, number)?;
        let mut shown = Vec::new();
        for line in screen.lines {
            terminal.type_line(line)?;
            if let Some(text) = screen.on_the_way {
                shown.push(terminal.wait(|screen| screen.contains(text))?);
            }
            let last = terminal.wait(|screen| screen.lines().last() == Some(PROMPT))?;
            if Some(line) == screen.lines.last() {
                shown.push(last);
            }
        }
        let _infallible = write!(page, "\n## {}\n", screen.title);
        for text in shown {
            let text = text.trim_end_matches(PROMPT).trim_end();
            let _infallible = write!(page, "\n```console\n{text}\n```\n");
        }
    }
    let path = root().join(PAGE);
    fs::create_dir_all(path.parent().unwrap_or(&path))
        .and_then(|()| fs::write(&path, page))
        .map_err(|error| format!("{PAGE}: {error}"))
}

/// A terminal of tmux with a shell in it.
struct Terminal {
    /// The server of tmux, which is its own: what else runs in tmux is left alone, and the one before may still be
    /// about to end.
    server: String,
}

impl Terminal {
    fn open(hub: &Hub, number: usize) -> Result<Self> {
        let path = std::env::var("PATH").unwrap_or_default();
        let program = beside_this_program("hf")?;
        let program = program.parent().unwrap_or(Path::new("."));
        let terminal = Self {
            server: format!("hf-screens-{number}"),
        };
        let mut command = terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "24",
        ]);
        command.args(["-c", FOLDER, "env", "-i"]);
        for (name, value) in &hub.variables {
            command.arg(format!("{name}={value}"));
        }
        command
            .arg(format!("PATH={}:{path}", program.display()))
            .arg(format!("HOME={FOLDER}"))
            .arg(format!("HF_HOME={FOLDER}"))
            .args(["TERM=screen-256color", "LANG=C.UTF-8", "PS1=$ ", "sh"]);
        status(&mut command)?;
        terminal.wait(|screen| screen.trim() == PROMPT)?;
        Ok(terminal)
    }

    fn type_line(&self, line: &str) -> Result {
        status(&mut self.tmux(&["send-keys", "-l", line]))?;
        self.wait(|screen| screen.ends_with(line))?;
        status(&mut self.tmux(&["send-keys", "Enter"]))?;
        self.wait(|screen| !screen.ends_with(line)).map(drop)
    }

    fn tmux(&self, args: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-u", "-L", &self.server]).args(args);
        command
    }

    /// Looks at the terminal until it shows something, and returns all of it. Each look starts a process, which is
    /// pause enough.
    fn wait(&self, happened: impl Fn(&str) -> bool) -> Result<String> {
        let start = Instant::now();
        loop {
            let screen = output(&mut self.tmux(&["capture-pane", "-p"]))?;
            let screen = screen.trim_end();
            if happened(screen) {
                return Ok(screen.to_owned());
            }
            if start.elapsed() > PATIENCE {
                return Err(format!("the terminal still shows\n{screen}"));
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-server"]).status();
    }
}
