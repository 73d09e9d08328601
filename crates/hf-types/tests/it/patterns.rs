//! The matcher against a table that Python's `fnmatch.fnmatchcase` filled.

use hf_types::{DEFAULT_IGNORE_PATTERNS, Pattern, PatternSet};
use proptest::prelude::*;

#[test]
fn same_answers_as_python() {
    let mut pairs = 0;
    for line in include_str!("data/fnmatch.jsonl").lines() {
        let (pattern, yes, no): (String, Vec<String>, Vec<String>) =
            serde_json::from_str(line).unwrap();
        let compiled = Pattern::new(&pattern);
        for path in &yes {
            assert!(compiled.matches(path), "{pattern:?} must match {path:?}");
        }
        for path in &no {
            assert!(
                !compiled.matches(path),
                "{pattern:?} must not match {path:?}"
            );
        }
        pairs += yes.len() + no.len();
    }
    assert!(pairs > 5_000, "the table was not read whole: {pairs} pairs");
}

#[test]
fn lists_as_python_reads_them() {
    let none: Option<[&str; 0]> = None;
    assert!(PatternSet::new(none, none).matches("a"));
    assert!(!PatternSet::new(Some([""; 0]), none).matches("a"));
    assert!(PatternSet::new(Some(["data/"]), none).matches("data/x/y"));
    assert!(!PatternSet::new(Some(["data/"]), none).matches("data"));
    assert!(PatternSet::new(Some([r"data\*.txt"]), none).matches("data/a.txt"));
    assert!(PatternSet::new(Some(["data/*.txt"]), none).matches(r"data\a.txt"));
    assert!(!PatternSet::new(Some(["*"]), Some(["*.bin"])).matches("x/y.bin"));
    let upload = PatternSet::default().also_ignoring(DEFAULT_IGNORE_PATTERNS);
    for ignored in [
        ".git",
        ".git/config",
        "a/.git",
        "a/.git/HEAD",
        ".cache/huggingface/x",
        "a/.cache/huggingface",
    ] {
        assert!(!upload.matches(ignored), "{ignored}");
    }
    for kept in [
        ".gitattributes",
        ".gitignore",
        "a/.github/x",
        ".cache/other",
    ] {
        assert!(upload.matches(kept), "{kept}");
    }
}

#[test]
fn hostile_patterns_end_soon() {
    let pattern = Pattern::new(&format!("{}b", "*a".repeat(200)));
    assert!(!pattern.matches(&"a".repeat(20_000)));
}

proptest! {
    #[test]
    fn never_panics(pattern in ".{0,24}", path in ".{0,24}") {
        Pattern::new(&pattern).matches(&path);
    }

    #[test]
    fn sets_never_panic(pattern in r"\[[\]\[!a-c\-^\\]{0,10}\]?", path in r"[\]\[!a-c\-^\\]{0,3}") {
        Pattern::new(&pattern).matches(&path);
    }

    #[test]
    fn text_without_wildcards_matches_itself_alone(text in "[^*?\\[]{0,16}", other in "[^*?\\[]{0,16}") {
        let pattern = Pattern::new(&text);
        prop_assert!(pattern.matches(&text));
        prop_assert_eq!(pattern.matches(&other), text == other);
    }
}
