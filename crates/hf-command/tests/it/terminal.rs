//! The command on a pseudo-terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use hf_testhub::{Op, RepoType};
use rustix::fs::{Mode, OFlags};
use unicode_width::UnicodeWidthStr as _;

use crate::support::Shell;

const COLUMNS: usize = 60;
const PROMPT: &[u8] = b"[y/N]";

/// What a terminal of 60 columns has received, without the codes for colours and the cursor, and the exit status.
struct Screen {
    raw: String,
    text: String,
    status: Option<i32>,
}

impl Screen {
    /// The lines, and what was drawn over on the way to them.
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split(['\r', '\n'])
    }

    #[track_caller]
    fn assert_fits(&self, command: &str) {
        // Sentences are wrapped by the terminal, and so are words that are longer than a line.
        let wrapped = |line: &str| {
            ["Hint: ", "Found "]
                .iter()
                .any(|start| line.starts_with(start))
                || !line.trim().contains(' ')
        };
        for line in self.lines().filter(|line| !wrapped(line)) {
            assert!(
                line.width() <= COLUMNS,
                "{command}: {} columns: {line}",
                line.width()
            );
        }
    }
}

/// Runs a line on a terminal, where this is typed when it asks.
fn screen(shell: &Shell, line: &str, typed: &str) -> Screen {
    let hf = shell.command(line);
    let (mut terminal, slave) = pseudo_terminal();
    let stdio = || Stdio::from(slave.try_clone().unwrap());
    let mut running = Command::new("setsid")
        .arg("--ctty")
        // Those who run the tests in the background of a script ignore Ctrl-C, and what they start does, too.
        .args(["env", "--default-signal=INT"])
        .arg(hf.get_program())
        .args(hf.get_args())
        .env_clear()
        .envs(
            hf.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("TERM", "xterm-256color")
        .current_dir(hf.get_current_dir().unwrap())
        .stdin(stdio())
        .stdout(stdio())
        .stderr(stdio())
        .spawn()
        .expect("the program `setsid` is a part of util-linux");
    // The command has it alone, so that reading ends when it does.
    drop(slave);
    let (mut received, mut typed) = (Vec::new(), Some(typed));
    let mut buffer = [0; 4096];
    // Linux says that the other side is closed by an error.
    while let Ok(count @ 1..) = terminal.read(&mut buffer) {
        received.extend_from_slice(&buffer[..count]);
        let asked = received.windows(PROMPT.len()).any(|part| part == PROMPT);
        if let Some(keys) = typed.take_if(|_| asked) {
            terminal.write_all(keys.as_bytes()).unwrap();
        }
    }
    let raw = String::from_utf8(received).unwrap();
    let status = running.wait().unwrap();
    Screen {
        text: without_codes(&raw),
        raw,
        status: status.code().or(status.signal().map(|signal| 128 + signal)),
    }
}

/// A terminal of 60 columns: the side of the person, and that of the command.
fn pseudo_terminal() -> (File, File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = rustix::termios::Winsize {
        ws_row: 24,
        ws_col: COLUMNS.try_into().unwrap(),
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&master, size).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    (master.into(), slave.into())
}

/// Removes `ESC [ ... letter`.
fn without_codes(raw: &str) -> String {
    let mut parts = raw.split("\x1b[");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        text += &part[end.map_or(part.len(), |end| end + 1)..];
    }
    text
}

fn shell() -> Shell {
    let shell = Shell::logged_in();
    for name in [
        "user/a",
        "user/a-model-whose-name-takes-much-room-in-a-table",
        "user/zh",
    ] {
        shell.hub.create_repo(RepoType::Model, name);
        let operations = [
            Op::add(
                "中文/很长的文件名/很长的文件名/很长的文件名.bin",
                vec![1; 3000],
            ),
            Op::add(
                "a/path/that/is/longer/than/a/terminal/of/sixty/columns/file.bin",
                vec![2; 300],
            ),
        ];
        shell.hub.commit(
            name,
            "A title that is longer than most titles of commits are",
            operations,
        );
        shell.prints(&format!("download {name} -q"));
    }
    shell
}

/// Listings of files keep each path whole, as `ls -l` does.
#[test]
fn tables_bars_and_help_fit_into_sixty_columns() {
    let shell = shell();
    for line in [
        "cache ls",
        "cache ls --revisions",
        "models ls",
        "repos ls",
        "auth list",
        "download user/a --dry-run --force-download",
        "diff user/a main main",
        "du user/a",
        "--help",
        "jobs run --help",
    ] {
        let screen = screen(&shell, line, "");
        assert_eq!(screen.status, Some(0), "{line}: {}", screen.text);
        screen.assert_fits(line);
    }
    let screen = screen(
        &shell,
        "download user/zh --force-download --local-dir d",
        "",
    );
    assert_eq!(screen.status, Some(0), "{}", screen.text);
    // After the last bar, which is as wide as the terminal, what follows begins a new line by itself.
    let (bars, _summary) = screen.text.split_once(" downloaded in ").unwrap();
    let (bars, last) = bars.rsplit_once('\r').unwrap();
    for line in bars.split('\r') {
        assert!(line.width() <= COLUMNS, "{line}");
    }
    let last = last.strip_suffix("3 files, 4.8 KB").unwrap();
    assert_eq!(last.width(), COLUMNS, "{last}");
}

#[test]
fn colours_are_for_terminals() {
    let shell = shell();
    let line = "download user/a";
    assert!(
        screen(&shell, line, "")
            .raw
            .contains("\x1b[32m✓ Downloaded\x1b[0m")
    );
    for line in [
        "download user/a --color never",
        "download user/a -q",
        "download user/a --json",
    ] {
        let screen = screen(&shell, line, "");
        assert!(!screen.raw.contains("\x1b[32m"), "{line}: {}", screen.raw);
    }
    assert!(!shell.run(line).stdout.contains('\x1b'));
    assert!(
        shell
            .run("download user/a --color always")
            .stdout
            .contains("\x1b[32m")
    );
}

#[test]
fn a_deletion_asks_and_does_what_was_typed() {
    let shell = shell();
    for (typed, status) in [
        ("n\n", 1),
        ("\n", 1),
        ("what\n", 1),
        ("\x04", 1),
        ("\x03", 130),
    ] {
        for line in ["repos delete user/a", "cache rm model/user/a"] {
            let screen = screen(&shell, line, typed);
            assert_eq!(screen.status, Some(status), "{typed:?}: {}", screen.text);
            assert!(screen.text.contains("[y/N]"), "{}", screen.text);
        }
    }
    assert!(shell.hub.repo_exists("user/a"));
    assert!(shell.prints("cache ls -q").contains("model/user/a\n"));
    for line in ["repos delete user/a", "cache rm model/user/a"] {
        let screen = screen(&shell, line, "yes\n");
        assert_eq!(screen.status, Some(0), "{}", screen.text);
    }
    assert!(!shell.hub.repo_exists("user/a"));
    assert!(!shell.prints("cache ls -q").contains("model/user/a\n"));
}
