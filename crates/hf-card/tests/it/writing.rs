//! How values are written.

use hf_card::{Map, RepoCard, Value};

use crate::changes::set;

#[test]
fn texts_that_readers_take_for_something_else_are_quoted() {
    let cases = [
        ("no", "'no'"),
        ("Yes", "'Yes'"),
        ("on", "'on'"),
        ("y", "'y'"),
        ("null", "'null'"),
        ("~", "'~'"),
        ("1.5", "'1.5'"),
        ("1e5", "'1e5'"),
        ("1_000", "'1_000'"),
        ("0x1f", "'0x1f'"),
        ("12:30:45", "'12:30:45'"),
        ("2024-01-31", "'2024-01-31'"),
        ("", "''"),
        ("- x", "'- x'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("@x", "'@x'"),
        ("*x", "'*x'"),
        (" x", "' x'"),
        ("x:", "'x:'"),
        ("---", "'---'"),
        ("a\tb", "\"a\\tb\""),
        ("a\u{7}b", "\"a\\x07b\""),
        ("a\r\nb", "\"a\\r\\nb\""),
        ("\u{2028}", "\"\\u2028\""),
        ("it's", "it's"),
        ("4.44.0", "4.44.0"),
        ("n<1K", "n<1K"),
        ("https://hf.co/a#b", "https://hf.co/a#b"),
        ("-x", "-x"),
        ("🤗 日本", "🤗 日本"),
        ("a, [b] {c}", "a, [b] {c}"),
    ];
    for (text, written) in cases {
        assert_eq!(set("a: 1\n", "a", text), format!("a: {written}\n"));
    }
    let numbers = [
        (Value::from(1e-5), "1.0e-05"),
        (Value::from(2.5e300), "2.5e+300"),
        (Value::from(0.1), "0.1"),
        (Value::from(3.0), "3.0"),
        (Value::from(f64::NAN), ".nan"),
        (Value::from(f64::NEG_INFINITY), "-.inf"),
        (Value::from(true), "true"),
        (Value::from(i64::MIN), "-9223372036854775808"),
    ];
    for (number, written) in numbers {
        assert_eq!(set("a: x\n", "a", number), format!("a: {written}\n"));
    }
}

#[test]
fn what_does_not_change_is_not_written() {
    let content = "---\na: 1.0\nb: 0x10\nc: .NaN\nd: {x: [1,2]}\n---\n";
    let mut card = RepoCard::parse(content).unwrap();
    let metadata: Map = card
        .metadata()
        .iter()
        .rev()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    card.set_metadata(&metadata).unwrap();
    card.set("a", 1).unwrap();
    card.set("b", 16).unwrap();
    assert_eq!(card.content(), content);
}
