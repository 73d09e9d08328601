//! Code of the libraries that panics.

use super::SourceFile;

/// What panics: bytes from outside must never reach it, so libraries go without. Tests may.
const PANICS: &[&str] = &["unreachable!(", "panic!(", ".unwrap()", ".expect(\""];

/// Libraries whose sources may panic: they run in tests and in the compiler alone.
const FOR_TESTS: &[&str] = &["crates/hf-testhub/", "crates/hf-macros/"];

/// Lines that are allowed to panic, with the reason.
const MAY_PANIC: &[(&str, &str, &str)] = &[(
    "crates/hf-transport/src/endpoint.rs",
    "Self::parse(CANONICAL_ENDPOINT)",
    "a constant that a test parses",
)];

/// The lines of a library's source that can panic.
fn found_in<'a>(name: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    let is_source = name.starts_with("crates/") && name.contains("/src/");
    let is_test =
        name.contains("/tests") || name.contains("hostile_fs") || name.ends_with("/fuzzing.rs");
    if !is_source || is_test || FOR_TESTS.iter().any(|start| name.starts_with(start)) {
        return Vec::new();
    }
    // Tests, and what fuzz targets call, are the last items of a file.
    let lines = text.lines().enumerate();
    lines
        .take_while(|(_, line)| {
            let starts = [
                "#[cfg(test)]",
                "#[cfg(all(test",
                "#[cfg(feature = \"fuzzing\")]",
            ];
            !starts.iter().any(|start| line.starts_with(start))
        })
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .filter(|(_, line)| PANICS.iter().any(|word| line.contains(word)))
        .filter(|(_, line)| {
            let allowed = |(file, of, _): &(&str, &str, &str)| *file == name && line.contains(of);
            !MAY_PANIC.iter().any(allowed)
        })
        .map(|(at, line)| (at + 1, line.trim()))
        .collect()
}

pub(super) fn problems(files: &[SourceFile]) -> Vec<String> {
    let sources = files.iter().filter(|file| file.is_rust());
    sources
        .flat_map(|SourceFile { name, text }| {
            let found = found_in(name, text).into_iter();
            found.map(move |(at, line)| format!("{name}:{at}: can panic: {line}"))
        })
        .collect()
}
