//! What a plain scalar means, and how numbers are written.
//!
//! Scalars are read as the Hub reads them (YAML 1.2): `no` and `on` are text there, as are dates, `1:30` and `010` is
//! ten. Python's client reads YAML 1.1, where `language: no` is false.

use crate::value::Value;

/// Returns what a plain scalar means.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return Value::from(text);
    }
    int(text)
        .or_else(|| float(text).map(Value::Float))
        .unwrap_or_else(|| Value::from(text))
}

/// Returns the whole number that a plain scalar means; one that does not fit 64 bits is a float.
pub(crate) fn int(text: &str) -> Option<Value> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => ("-", &text[1..]),
        [b'+', ..] => ("", &text[1..]),
        _ => ("", text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    let fits = |byte: u8| char::from(byte).is_digit(radix);
    if !digits.bytes().next().is_some_and(fits)
        || !digits.bytes().next_back().is_some_and(fits)
        || !digits.bytes().all(|byte| byte == b'_' || fits(byte))
    {
        return None;
    }
    let digits: String = digits.chars().filter(|digit| *digit != '_').collect();
    if let Ok(number) = i64::from_str_radix(&format!("{sign}{digits}"), radix) {
        return Some(Value::Int(number));
    }
    let magnitude = if radix == 10 {
        digits.parse().ok()?
    } else {
        digits.chars().fold(0.0, |sum, digit| {
            sum * f64::from(radix) + digit.to_digit(radix).map_or(0.0, f64::from)
        })
    };
    Some(Value::Float(if sign == "-" {
        -magnitude
    } else {
        magnitude
    }))
}

/// Returns the float that a plain scalar means.
fn float(text: &str) -> Option<f64> {
    let (sign, unsigned) = match text.as_bytes() {
        [b'-', ..] => (-1.0, &text[1..]),
        [b'+', ..] => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(sign * f64::INFINITY);
    }
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'_')
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let starts_with_digit = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    // A sign before a bare point makes text of it, for the Hub and for Python.
    let signed = unsigned.len() != text.len();
    let begins =
        starts_with_digit(whole) || whole.is_empty() && !signed && starts_with_digit(fraction);
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !begins || !digits(whole) || !digits(fraction) || !exponent_fits || text.ends_with('_') {
        return None;
    }
    let plain: String = unsigned.chars().filter(|digit| *digit != '_').collect();
    plain.parse::<f64>().ok().map(|number| sign * number)
}
