//! Metadata that is not meant well.

use std::fmt::Write as _;

use hf_card::{CardErrorKind, Map, ModelCard, RepoCard, Value};

fn kind(yaml: &str) -> CardErrorKind {
    match RepoCard::parse(format!("---\n{yaml}\n---\n")) {
        Ok(card) => panic!("{yaml:.60?} was read as {:.60?}", card.metadata()),
        Err(error) => {
            assert!(error.line().is_some(), "{error}");
            error.kind()
        }
    }
}

#[test]
fn what_is_no_yaml_is_a_syntax_error() {
    for yaml in [
        "a: [1",
        "a: {b: 1",
        "a: 'x",
        "a: \"\\q\"",
        "a: \"\\ud800\"",
        "a: b: c",
        "a: @x",
        "a: `x`",
        "a: - b",
        "- a\nb: c",
        "a: *unknown",
        "a: %x",
        "a:\n\t- b",
        "\ta: b",
        "-\ta: b",
        "a: \u{0}",
        "a: 1\n  b: 2",
        "a\nb: 1",
        "a: ]",
        "a: !!",
        "a: &",
        "? \n: a",
        ": a",
    ] {
        let kind = match RepoCard::parse(format!("---\n{yaml}\n---\n")) {
            Ok(card) => panic!("{yaml:?} was read as {:?}", card.metadata()),
            Err(error) => error.kind(),
        };
        assert!(
            matches!(kind, CardErrorKind::Syntax | CardErrorKind::Unsupported),
            "{yaml:?}"
        );
    }
}

#[test]
fn what_is_no_mapping_is_refused() {
    for yaml in [
        "- a",
        "text",
        "42",
        "[a]",
        "a: 1\n...\nb: 2",
        "%YAML 1.2",
        "!!set {a}",
        "!x {a: 1}",
        "[a]: b",
    ] {
        assert!(
            matches!(
                kind(yaml),
                CardErrorKind::Unsupported | CardErrorKind::Syntax
            ),
            "{yaml}"
        );
    }
    let error = RepoCard::parse("---\n- a\n---\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: metadata has to be a mapping, but it is a list"
    );
}

#[test]
fn a_bomb_of_aliases_does_not_go_off() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(yaml, "a{level}: &a{level} [{aliases}]");
    }
    assert_eq!(kind(&yaml), CardErrorKind::TooLarge);
    let mut yaml = format!("a: &a {}\n", "x".repeat(1 << 20));
    for copy in 0..100 {
        let _ = writeln!(yaml, "b{copy}: *a");
    }
    assert_eq!(kind(&yaml), CardErrorKind::TooLarge);
    assert_eq!(kind("a: &a [*a]"), CardErrorKind::Unsupported);
    let mut yaml = String::from("a0: &a0 x\n");
    for level in 1..200 {
        let _ = writeln!(yaml, "a{level}: &a{level} [*a{}]", level - 1);
    }
    assert_eq!(kind(&yaml), CardErrorKind::TooLarge);
}

#[test]
fn deep_nesting_is_refused_before_it_is_followed() {
    for deep in [1000, 100_000] {
        assert_eq!(
            kind(&format!("a: {}", "[".repeat(deep))),
            CardErrorKind::TooLarge
        );
        assert_eq!(
            kind(&format!("a: {}", "{a: ".repeat(deep))),
            CardErrorKind::TooLarge
        );
        assert_eq!(
            kind(&format!("a:\n{}", "- ".repeat(deep))),
            CardErrorKind::TooLarge
        );
    }
    let mut value = Value::from(1);
    for _ in 0..1000 {
        value = Value::List(vec![value]);
    }
    let mut card = RepoCard::parse("").unwrap();
    assert_eq!(
        card.set("a", value).unwrap_err().kind(),
        CardErrorKind::TooLarge
    );
    assert_eq!(card.content(), "");
}

#[test]
fn large_metadata_is_read_and_changed() {
    let mut yaml = String::from("names:\n");
    for number in 0..5_000 {
        let _ = writeln!(yaml, "  '{number}': n{number} # comment");
    }
    let mut card = RepoCard::parse(format!("---\n{yaml}license: mit\n---\n")).unwrap();
    card.set("license", "apache-2.0").unwrap();
    assert_eq!(
        card.content(),
        format!("---\n{yaml}license: apache-2.0\n---\n")
    );
    let mut metadata: Map = card.metadata().clone();
    if let Some(Value::Map(names)) = metadata.get_mut("names") {
        names.insert("4999".to_owned(), Value::from("other"));
    }
    card.set_metadata(&metadata).unwrap();
    assert!(
        card.content()
            .contains("'4998': n4998 # comment\n  '4999': other # comment\nlicense")
    );
}

#[test]
fn what_cannot_be_read_back_is_not_written() {
    let mut card = ModelCard::parse("---\na: 1\n---\n").unwrap();
    // A key of that length is none of the simple form that YAML has for keys.
    let error = card.set(&"k".repeat(5000), 1).unwrap_err();
    assert_eq!(error.kind(), CardErrorKind::Entangled);
    assert_eq!(card.content(), "---\na: 1\n---\n");
}
