//! What holds for all cards.

use hf_card::{CardErrorKind, Map, RepoCard, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// Entries as people write them: the key, and the lines.
const ENTRIES: &[(&str, &str)] = &[
    ("license", "license: mit\n"),
    ("license", "license: \"mit\" # why not\n"),
    ("license", "license   :   'mit'   \n"),
    ("license", "\"license\": mit\n"),
    ("license", "license:\n  mit\n"),
    ("license", "license: a\n  b\n\n  c # end\n"),
    ("tags", "tags:\n- a\n- b # second\n"),
    ("tags", "tags: # all\n    - a\n\n    # between\n    - 'b'\n"),
    ("tags", "tags: [a, 'b', \"c\"]  # three\n"),
    ("tags", "tags: [\n  a, # one\n  b,\n]\n"),
    ("tags", "tags: []\n"),
    ("tags", "tags: !!seq\n- a\n"),
    (
        "widget",
        "widget:\n- text: hi\n  example: {a: 1, b: [x]}\n- text: |\n    multi\n\n    line\n",
    ),
    ("widget", "widget:\n  - - a\n    - b\n  -\n  - ~\n"),
    ("widget", "widget:\n- # comment\n  text: hi\n"),
    ("text", "text: >-\n  folded\n  text\n"),
    ("text", "text: |+\n  kept\n\n"),
    ("text", "text: |2\n    indented\n  text\n"),
    ("text", "text: \"a\\\n  b\"\n"),
    ("empty", "empty:\n"),
    ("empty", "empty: ~ # null\n"),
    ("empty", "empty: !!null\n"),
    ("empty", "empty: |\n"),
    ("n", "n: 1.50\n"),
    ("n", "n: !!str 1 # text\n"),
    (
        "nested",
        "nested:\n  deep:\n    deeper: [1, {x: y}]\n  other: 2\n",
    ),
    ("nested", "nested: &anchor\n  a: 1\n"),
    ("nested", "? nested\n: value\n"),
    ("nested", "nested: {a: 1,\n  b: 2}\n"),
    ("é ü", "é ü: 日本 # 🤗\n"),
];

/// What may stand between entries.
const BETWEEN: &[&str] = &["", "", "# comment\n", "\n", "# comment\n\n"];

/// Stretches of text, and the key of those that are entries.
fn block() -> impl Strategy<Value = Vec<(Option<&'static str>, &'static str)>> {
    let entry = (0..ENTRIES.len(), 0..BETWEEN.len());
    vec(entry, 1..8).prop_map(|picked| {
        let mut stretches: Vec<(Option<&str>, &str)> = Vec::new();
        for (entry, between) in picked {
            let (key, lines) = ENTRIES[entry];
            if stretches.iter().all(|(other, _)| *other != Some(key)) {
                stretches.push((None, BETWEEN[between]));
                stretches.push((Some(key), lines));
            }
        }
        stretches
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[ -~\n]{0,20}",
        "\\PC{0,10}",
        any::<String>(),
        Just("no".to_owned()),
        Just("---\n".to_owned()),
        Just("x\n\n---\n".to_owned()),
        Just("1_0".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::List),
            vec((text(), inner), 0..4)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
        ]
    })
}

fn map() -> impl Strategy<Value = Map> {
    vec((text(), value()), 0..6).prop_map(|entries| entries.into_iter().collect())
}

/// Texts that YAML is made of, put together at random.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("a"),
        Just("b"),
        Just(": "),
        Just(":"),
        Just("- "),
        Just("-"),
        Just("\n"),
        Just("\n"),
        Just("\n  "),
        Just("\r\n"),
        Just("\r"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just(", "),
        Just("? "),
        Just("&x "),
        Just("*x"),
        Just("!!str "),
        Just("! "),
        Just("# c"),
        Just(" #"),
        Just("'"),
        Just("\""),
        Just("|"),
        Just(">-"),
        Just("|+2"),
        Just("<<: "),
        Just("~"),
        Just("\t"),
        Just(" "),
        Just("    "),
        Just("%"),
        Just("é"),
        Just("\u{feff}"),
        Just("..."),
        Just("---"),
        Just("\\"),
        Just("1"),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("@"),
    ];
    vec(word, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_of_one_entry_leaves_every_other_byte(
        stretches in block(),
        pick in any::<prop::sample::Index>(),
        new in prop::option::of(value()),
        crlf in any::<bool>(),
    ) {
        let lines = |text: &str| if crlf { text.replace('\n', "\r\n") } else { text.to_owned() };
        let keys: Vec<usize> = (0..stretches.len()).filter(|at| stretches[*at].0.is_some()).collect();
        let at = keys[pick.index(keys.len())];
        let joined = |range: std::ops::Range<usize>| -> String {
            stretches[range].iter().map(|(_, text)| lines(text)).collect()
        };
        let head = format!("{}{}", lines("---\n"), joined(0..at));
        let tail = format!("{}{}", joined(at + 1..stretches.len()), lines("---\nbody\n"));
        let (Some(key), entry) = stretches[at] else { unreachable!() };
        let mut card = RepoCard::parse(format!("{head}{}{tail}", lines(entry))).expect("it can be read");
        let before = card.metadata().clone();
        match &new {
            Some(value) => card.set(key, value.clone()).expect("it can be set"),
            None => card.remove(key).expect("it can be removed"),
        }
        let content = card.content();
        // Of a block without entries, an empty line stays.
        prop_assert!(content.starts_with(&head), "{content:?} does not start with {head:?}");
        // Blank lines below a block scalar that keeps them (`|+`) would become part of it.
        let kept = if content.contains("|+") { tail.trim_start() } else { &tail };
        prop_assert!(content.ends_with(kept), "{content:?} does not end with {tail:?}");
        prop_assert_eq!(card.get(key), new.as_ref());
        for (other, value) in before.iter().filter(|(other, _)| *other != key) {
            prop_assert_eq!(card.get(other), Some(value));
        }
        if crlf {
            prop_assert_eq!(content.matches('\n').count(), content.matches("\r\n").count());
        }
        let again = RepoCard::parse(content).expect("it can be read again");
        prop_assert_eq!(again.metadata(), card.metadata());
    }

    #[test]
    fn any_metadata_becomes_any_other(old in map(), new in map()) {
        let mut card = RepoCard::parse("---\n---\nbody").unwrap();
        card.set_metadata(&old).expect("it can be written");
        prop_assert_eq!(card.metadata(), &old);
        card.set_metadata(&new).expect("it can be changed");
        prop_assert_eq!(card.metadata(), &new);
        let again = RepoCard::parse(card.content()).expect("it can be read");
        prop_assert_eq!(again.metadata(), &new);
        prop_assert_eq!(again.text(), "body");
    }

    #[test]
    fn any_text_is_a_card_or_a_typed_error(yaml in soup(), wrap in any::<bool>(), key in "[ab]", new in value()) {
        let content = if wrap { format!("---\n{yaml}\n---\nbody") } else { yaml };
        if let Ok(mut card) = RepoCard::parse(content.as_str()) {
            let mut expected = card.metadata().clone();
            expected.insert(key.clone(), new.clone());
            match card.set(&key, new) {
                Ok(()) => {
                    prop_assert_eq!(card.metadata(), &expected);
                    let again = RepoCard::parse(card.content()).expect("it can be read again");
                    prop_assert_eq!(again.metadata(), &expected);
                }
                Err(error) => {
                    prop_assert!(matches!(error.kind(), CardErrorKind::Entangled | CardErrorKind::Unterminated));
                    prop_assert_eq!(card.content(), content);
                }
            }
        }
    }
}
