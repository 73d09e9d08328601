//! What metadata says.

use hf_card::{CardErrorKind, RepoCard, Value, metadata_load, metadata_save};

fn read(yaml: &str) -> Value {
    let card = RepoCard::parse(format!("---\n{yaml}\n---\n")).expect("it can be read");
    Value::Map(card.metadata().clone())
}

fn json(yaml: &str) -> String {
    serde_json::to_string(&read(yaml)).expect("values have JSON")
}

#[test]
fn scalars_mean_what_the_hub_takes_them_for() {
    let cases = [
        ("no", r#""no""#),
        ("on", r#""on""#),
        ("true", "true"),
        ("False", "false"),
        ("~", "null"),
        ("", "null"),
        ("010", "10"),
        ("0o10", "8"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("1_000", "1000"),
        ("1_", r#""1_""#),
        ("-7", "-7"),
        ("+7", "7"),
        ("9223372036854775808", "9.223372036854776e+18"),
        ("1.50", "1.5"),
        ("1e5", "100000.0"),
        ("1.e-2", "0.01"),
        (".5", "0.5"),
        ("-.5", r#""-.5""#),
        ("1:30", r#""1:30""#),
        ("2024-01-31", r#""2024-01-31""#),
        ("4.44.0", r#""4.44.0""#),
        ("'1'", r#""1""#),
        ("\"\\u00e9\\n\"", r#""é\n""#),
        ("!!str 1", r#""1""#),
        ("!!float 1", "1.0"),
        ("! 1", r#""1""#),
        ("|\n  a\n  b", r#""a\nb\n""#),
        (">-\n  a\n  b", r#""a b""#),
    ];
    for (yaml, expected) in cases {
        assert_eq!(
            json(&format!("a: {yaml}")),
            format!("{{\"a\":{expected}}}"),
            "{yaml}"
        );
    }
    assert!(matches!(read("a: .inf").get("a"), Some(Value::Float(number)) if number.is_infinite()));
    assert_eq!(read("a: .NaN").get("a"), Some(&Value::from(f64::NAN)));
}

#[test]
fn keys_are_text_in_their_order() {
    assert_eq!(
        json("b: 1\na: 2\n1: 3\ntrue: 4\n'c d': 5\n? e\n: 6"),
        r#"{"b":1,"a":2,"1":3,"true":4,"c d":5,"e":6}"#
    );
    assert_eq!(json("a: 1\nb: 2\na: 3"), r#"{"a":3,"b":2}"#);
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    assert_eq!(json("a: &x [1, 2]\nb: *x"), r#"{"a":[1,2],"b":[1,2]}"#);
    assert_eq!(
        json("a: &x {k: 1, l: 2}\nb:\n  l: 3\n  <<: *x"),
        r#"{"a":{"k":1,"l":2},"b":{"l":3,"k":1}}"#
    );
    assert_eq!(
        json("a:\n  <<: [{k: 1}, {k: 2, m: 3}]"),
        r#"{"a":{"k":1,"m":3}}"#
    );
    assert_eq!(json("a: &k key\n*k : 1"), r#"{"a":"key","key":1}"#);
    assert_eq!(json("'<<': 1"), r#"{"<<":1}"#);
}

#[test]
fn the_block_is_found_where_the_hub_finds_it() {
    let cases = [
        ("---\na: 1\n---\nbody", Some("body")),
        ("---\r\na: 1\r\n---\r\nbody", Some("body")),
        ("\n  \n---\na: 1\n---\nbody", Some("body")),
        ("\u{feff}---\na: 1\n---\nbody", Some("body")),
        ("---\na: 1\n--- \t\nbody", Some("body")),
        ("---\na: 1\n---", Some("")),
        ("---\na: 1\n----\n---\nbody", None),
        ("--- \na: 1\n---\nbody", None),
        ("# Title\n---\na: 1\n---\n", None),
        ("---\na: 1\n ---\n", None),
        ("----\na: 1\n---\n", None),
        ("", None),
    ];
    for (content, body) in cases {
        match (RepoCard::parse(content), body) {
            (Ok(card), Some(body)) => {
                assert_eq!(card.get("a"), Some(&Value::from(1)), "{content:?}");
                assert_eq!(card.text(), body, "{content:?}");
            }
            (Ok(card), None) => {
                assert!(card.metadata().is_empty(), "{content:?}");
                assert_eq!(card.text(), content);
            }
            // What stands between the lines of dashes is no YAML.
            (Err(error), None) => assert_eq!(error.kind(), CardErrorKind::Syntax),
            (Err(error), Some(_)) => panic!("{content:?}: {error}"),
        }
    }
}

#[test]
fn errors_name_the_line_of_the_file() {
    let error = RepoCard::parse("\n---\nok: 1\nbad: [1\n---\n").unwrap_err();
    assert_eq!(
        (error.kind(), error.line()),
        (CardErrorKind::Syntax, Some(4)),
        "{error}"
    );
    let error = RepoCard::parse("---\r\nok: 1\r\nbad: !custom x\r\n---\r\n").unwrap_err();
    assert_eq!(
        (error.kind(), error.line()),
        (CardErrorKind::Unsupported, Some(3)),
        "{error}"
    );
    assert!(
        error.to_string().starts_with("line 3: the tag `!custom`"),
        "{error}"
    );
}

#[test]
fn files_have_metadata_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("README.md");
    assert_eq!(metadata_load(&path).unwrap_err().kind(), CardErrorKind::Io);
    let metadata = [("license".to_owned(), Value::from("mit"))]
        .into_iter()
        .collect();
    metadata_save(&path, &metadata).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "---\nlicense: mit\n---\n"
    );
    std::fs::write(
        &path,
        "---\n# why\nlicense: mit # because\nold: 1\n---\n# Body",
    )
    .unwrap();
    metadata_save(&path, &metadata).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "---\n# why\nlicense: mit # because\n---\n# Body"
    );
    assert_eq!(metadata_load(&path).unwrap(), Some(metadata));
    std::fs::write(&path, "# Body").unwrap();
    assert_eq!(metadata_load(&path).unwrap(), None);
    std::fs::write(&path, b"---\na: \xff\n---\n").unwrap();
    assert_eq!(metadata_load(&path).unwrap_err().kind(), CardErrorKind::Io);
}
