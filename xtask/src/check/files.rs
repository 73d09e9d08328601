//! The length of files, and code that leaves something undone.

use super::SourceFile;

/// Longer Rust files must be split.
const MAX_LINES: usize = 400;

/// Code that leaves something undone, or that makes a test depend on the clock.
const FORBIDDEN: &[&str] = &[
    "todo!(",
    "unimplemented!(",
    "dbg!(",
    "#[ignore",
    "thread::sleep",
];

/// Files that may contain forbidden code, with the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "xtask/src/check/files.rs",
        "",
        "names the forbidden code in order to find it",
    ),
    (
        "crates/hf-cache/src/store/fs.rs",
        "thread::sleep",
        "a thread for blocking work waits until a file descriptor is free, or until Windows permits a rename",
    ),
    (
        "crates/hf-auth/src/secret_file.rs",
        "thread::sleep",
        "a thread for blocking work waits for a lock that another process holds",
    ),
    (
        "xtask/src/cas.rs",
        "thread::sleep",
        "waits until another program listens",
    ),
];

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for SourceFile { name, text } in files.iter().filter(|file| file.is_rust()) {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            problems.push(format!(
                "{name}: {lines} lines, more than {MAX_LINES}; split it by subject"
            ));
        }
        for code in FORBIDDEN {
            let allowed = ALLOWED
                .iter()
                .any(|(file, of, _)| file == name && (of.is_empty() || of == code));
            if !allowed && let Some(at) = text.lines().position(|line| line.contains(code)) {
                problems.push(format!("{name}:{}: `{code}` is forbidden", at + 1));
            }
        }
    }
    problems
}
