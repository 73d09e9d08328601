//! Tags: those of YAML itself may stand where they say what is there anyway, and `!!str` makes text of all.

use granit_parser::{ScalarStyle, Span, Tag};

use crate::error::{CardErrorKind, Error, Result};
use crate::value::Value;
use crate::yaml::number;
use crate::yaml::span::at;

/// Returns what a scalar means.
pub(super) fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: &Span,
) -> Result<Value> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => number::resolve(text),
            _ => Value::from(text),
        });
    };
    match (tag.core_suffix(), number::resolve(text)) {
        (Some("str"), _) => Ok(Value::from(text)),
        (Some("null"), Value::Null) => Ok(Value::Null),
        (Some("bool"), value @ Value::Bool(_)) | (Some("int"), value @ Value::Int(_)) => Ok(value),
        (Some("float"), value) if value.as_f64().is_some() => Ok(Value::from(value.as_f64())),
        _ if tag.original() == "!" => Ok(Value::from(text)),
        _ => Err(unsupported(tag, span)),
    }
}

/// Checks the tag of a list (`seq`) or map (`map`).
pub(super) fn check_collection(tag: Option<&Tag>, expected: &str, span: &Span) -> Result<()> {
    match tag {
        Some(tag) if tag.core_suffix() != Some(expected) && tag.original() != "!" => {
            Err(unsupported(tag, span))
        }
        _ => Ok(()),
    }
}

fn unsupported(tag: &Tag, span: &Span) -> Error {
    let message = format!(
        "the tag `{}` does not fit here, or has no meaning in metadata",
        tag.original()
    );
    at(span, CardErrorKind::Unsupported, message)
}
