//! How text is written as a YAML scalar.

use std::fmt::Write as _;

use granit_parser::ScalarStyle;

use crate::value::Value;
use crate::yaml::number;

/// Where a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// In the indented form.
    Block,
    /// Between brackets or braces, where commas and brackets end it.
    Flow,
}

/// Writes text on one line: plain where every reader takes it for the same text, quoted elsewhere.
///
/// `like` is how the text that it replaces was quoted.
pub(crate) fn write(text: &str, notation: Notation, like: ScalarStyle) -> String {
    let printable = text.chars().all(is_printable);
    match like {
        _ if !printable => double_quoted(text),
        ScalarStyle::DoubleQuoted => double_quoted(text),
        ScalarStyle::SingleQuoted => single_quoted(text),
        _ if is_plain(text, notation) => text.to_owned(),
        _ => single_quoted(text),
    }
}

/// Returns whether text can be written as a literal block scalar (`|`), which keeps its lines.
pub(crate) fn is_literal(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n'])
        // Blank lines below it would belong to it, too.
        && !text.ends_with("\n\n")
        && text.chars().all(|c| c == '\n' || is_printable(c))
        // A block scalar that ends in blanks looks empty and loses them in editors.
        && text.lines().all(|line| !line.ends_with([' ', '\t']))
}

fn is_plain(text: &str, notation: Notation) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let indicator = match first {
        '-' | '?' | ':' => {
            let second = text[1..].chars().next();
            second.is_none_or(|c| c == ' ' || notation == Notation::Flow)
        }
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => true,
        _ => false,
    };
    let flow_end = |c: char| matches!(c, ',' | '[' | ']' | '{' | '}');
    let inner = text.contains(": ")
        || text.contains(" #")
        || text.ends_with(':')
        || notation == Notation::Flow && text.contains(flow_end);
    !indicator
        && !inner
        // Readers disagree on which of Unicode's white space belongs to a plain scalar.
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text.starts_with("---")
        && !text.starts_with("...")
        && number::resolve(text) == text
        && !means_more_to_yaml_1_1(text)
}

/// Returns whether readers of YAML 1.1, such as Python's, take the text for something else.
fn means_more_to_yaml_1_1(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "=", "<<", "true", "false", "null",
    ];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        || is_number_of_yaml_1_1(unsigned)
        || is_timestamp(text)
        || unsigned.starts_with("0x")
        || unsigned.starts_with("0b")
}

/// Returns whether text is a number with underscores, without a digit after the point, or in base 60 (`1:30`).
fn is_number_of_yaml_1_1(unsigned: &str) -> bool {
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, ""));
    let numeric = |text: &str, more: &[char]| {
        text.chars()
            .all(|c| c.is_ascii_digit() || more.contains(&c))
    };
    mantissa.contains(|c: char| c.is_ascii_digit())
        && numeric(mantissa, &['_', '.', ':'])
        && mantissa.matches('.').count() <= 1
        && numeric(exponent, &['+', '-'])
}

/// Returns whether text starts like a date (`2024-01-31 ...`).
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5].is_ascii_digit()
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_printable(c) => quoted.push(c),
            c => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(quoted, "\\x{code:02x}"),
                    0x100..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Returns whether a character may stand in a scalar of one line as it is.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// Writes null, a boolean, a number or text on one line; `None` for lists and maps that are not empty.
pub(crate) fn scalar(value: &Value, notation: Notation, like: ScalarStyle) -> Option<String> {
    Some(match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => value.scalar_text()?,
        Value::String(text) => write(text, notation, like),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::List(_) | Value::Map(_) => return None,
    })
}
