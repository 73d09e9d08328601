//! JSON and values as Python prints them, which is what scripts read.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

/// One line, as `json.dumps` writes it: `{"a": 1, "b": [2]}`, with ASCII only.
pub(super) fn to_string(value: &(impl serde::Serialize + ?Sized)) -> String {
    written(value, Python)
}

/// The same with a line a member, indented by two.
pub(super) fn to_string_pretty(value: &(impl serde::Serialize + ?Sized)) -> String {
    written(value, Pretty(PrettyFormatter::new()))
}

fn written(value: &(impl serde::Serialize + ?Sized), formatter: impl Formatter) -> String {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, formatter);
    // A value in memory is always JSON, and writing to memory does not fail.
    let _infallible = value.serialize(&mut serializer);
    String::from_utf8(out).unwrap_or_default()
}

struct Python;

struct Pretty(PrettyFormatter<'static>);

/// What `Pretty` leaves to the formatter of `serde_json`.
macro_rules! as_indented {
    ($($method:ident($($first:ident)?)),+ $(,)?) => {
        $(fn $method<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
            $($first: bool)?
        ) -> std::io::Result<()> {
            self.0.$method(writer, $($first)?)
        })+
    };
}

impl Formatter for Pretty {
    as_indented! {
        begin_array(), end_array(), begin_array_value(first), end_array_value(),
        begin_object(), end_object(), begin_object_key(first), begin_object_value(), end_object_value(),
    }

    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        Python.write_string_fragment(writer, fragment)
    }
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
    ) -> std::io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> std::io::Result<()> {
        if fragment.is_ascii() && !fragment.contains('\x7f') {
            return writer.write_all(fragment.as_bytes());
        }
        let mut text = String::with_capacity(fragment.len() * 2);
        for c in fragment.chars() {
            if c.is_ascii() {
                text.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _infallible = write!(text, "\\u{unit:04x}");
                }
            }
        }
        writer.write_all(text.as_bytes())
    }
}

/// A value as Python's `str()` shows it.
pub(crate) fn as_python(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    }
}

fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => {
            let quote = if text.contains('\'') && !text.contains('"') {
                '"'
            } else {
                '\''
            };
            let mut shown = String::from(quote);
            for c in text.chars() {
                match c {
                    '\n' => shown.push_str("\\n"),
                    '\r' => shown.push_str("\\r"),
                    '\t' => shown.push_str("\\t"),
                    '\\' => shown.push_str("\\\\"),
                    c if c == quote => shown.extend(['\\', c]),
                    c => shown.push(c),
                }
            }
            shown.push(quote);
            shown
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(repr).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                format!("{}: {}", repr(&Value::String(key.clone())), repr(value))
            };
            format!(
                "{{{}}}",
                members.iter().map(member).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_that_of_python() {
        let value = json!({"a": 1, "b": ["x", null, true], "c": {"é": "😀\n\"\\"}});
        assert_eq!(
            to_string(&value),
            r#"{"a": 1, "b": ["x", null, true], "c": {"\u00e9": "\ud83d\ude00\n\"\\"}}"#
        );
        let value = json!({"a": [1, "é"], "b": [], "c": {}});
        assert_eq!(
            to_string_pretty(&value),
            "{\n  \"a\": [\n    1,\n    \"\\u00e9\"\n  ],\n  \"b\": [],\n  \"c\": {}\n}"
        );
    }

    #[test]
    fn values_are_shown_as_python_shows_them() {
        for (value, shown) in [
            (json!(true), "True"),
            (json!(null), "None"),
            (json!("text"), "text"),
            (json!(["main", "it's", 2.5]), r#"['main', "it's", 2.5]"#),
            (json!({"a": "b\n"}), r"{'a': 'b\n'}"),
        ] {
            assert_eq!(as_python(&value), shown);
        }
    }
}
