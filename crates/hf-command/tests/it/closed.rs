//! Pipes whose reader has gone: `hf ... | head -1`.

use std::io::pipe;

use hf_testhub::{Op, RepoType};

use crate::support::{Shell, ran};

const LINES: [&str; 16] = [
    "--help",
    "download --help",
    "version",
    "completion bash",
    "man",
    "env",
    "auth whoami",
    "auth token",
    "cache ls",
    "cache verify user/m",
    "models ls",
    "models ls --json",
    "download user/m",
    "cat user/m a.bin",
    "cp hf://user/m/a.bin -",
    "call --list",
];

fn shell() -> Shell {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, "user/m");
    // More than a pipe holds.
    let operations = [Op::add("a.bin", vec![1; 200_000])];
    shell.hub.commit("user/m", "Files", operations);
    shell.prints("download user/m -q");
    shell
}

#[test]
fn a_reader_that_has_what_it_needs_is_no_failure() {
    let shell = shell();
    for line in LINES {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let ran = ran(&shell.command(line).stdout(writer).output().unwrap());
        assert_eq!(ran.status, Some(0), "{line}: {}", ran.stderr);
        assert!(
            !ran.stderr.contains("panicked") && !ran.stderr.contains("Error"),
            "{line}: {}",
            ran.stderr
        );
    }
}

#[test]
fn nobody_who_reads_stderr_is_no_failure_either() {
    let shell = shell();
    let others = [
        ("download user/m --progress plain --force-download", 0),
        ("download user/m --progress json --force-download", 0),
        ("auth login --token hf_wrong", 4),
        ("auth switch --token-name none --json", 1),
        ("models info user/none", 3),
        ("models info user/none --json", 3),
        ("models nothing", 2),
        ("repos delete user/m", 1),
    ];
    for (line, status) in LINES.map(|line| (line, 0)).into_iter().chain(others) {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let output = shell.command(line).stderr(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{line}");
    }
}
