//! Any rules on any path, as a `.gitignore` and as a `.gitattributes`: a result, soon, and the one of the definition.
#![no_main]

use hf_testhub::fuzzing::{ignores, is_lfs};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (rules, path) = input;
    let _ = ignores(rules, path);
    let _ = is_lfs(rules, path);
    // One rule about a name, short enough for all ways to be tried.
    let plain = |byte: u8| !byte.is_ascii_whitespace() && !b"#!/".contains(&byte);
    if (1..=12).contains(&rules.len()) && path.len() <= 16 && rules.is_ascii() && rules.bytes().all(plain) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if name == path {
            assert_eq!(ignores(rules, path), fits(rules.as_bytes(), path.as_bytes()), "{rules:?} {path:?}");
        }
    }
});

/// What a pattern without slashes means: `*` and `**` are any characters, `?` is one.
fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', rest @ ..] => (0..=name.len()).any(|at| fits(rest, &name[at..])),
        [b'?', rest @ ..] => !name.is_empty() && fits(rest, &name[1..]),
        [byte, rest @ ..] => name.first() == Some(byte) && fits(rest, &name[1..]),
    }
}
