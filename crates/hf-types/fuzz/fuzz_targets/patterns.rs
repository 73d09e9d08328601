//! Any pattern on any path: a result, soon; and a pattern without wildcards matches itself.
#![no_main]

use hf_types::{Pattern, PatternSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, path) = input;
    let matches = Pattern::new(pattern).matches(path);
    if !pattern.contains(['*', '?', '[']) {
        assert!(Pattern::new(pattern).matches(pattern));
        assert_eq!(matches, pattern == path, "{pattern:?} {path:?}");
    }
    // In a set, a folder stands for all that is below it, and a backslash for a slash.
    let slashes = pattern.replace('\\', "/");
    let below = if slashes.ends_with('/') { "*" } else { "" };
    let matches = Pattern::new(&format!("{slashes}{below}")).matches(&path.replace('\\', "/"));
    let allow = PatternSet::new(Some([pattern]), None::<[&str; 0]>);
    let ignore = PatternSet::new(None::<[&str; 0]>, Some([pattern]));
    assert_eq!(allow.matches(path), matches);
    assert_eq!(ignore.matches(path), !matches);
});
