//! Decodes JSON from servers that do not write it correctly.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};

/// Decodes JSON and tolerates two common mistakes of servers: a byte order mark is skipped, and half a
/// surrogate pair (`"\ud83d"`) is decoded as U+FFFD.
///
/// This adds no cost for well-formed JSON: the text is examined again only after an error.
///
/// ```
/// let text: String = hf_transport::json::from_slice(br#""cut \ud83d""#)?;
/// assert_eq!(text, "cut \u{fffd}");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    decode(json, from_str)
}

/// Decodes with `read`. If that fails and the text can be repaired, decodes the repaired text.
///
/// The text is validated as UTF-8 once as a whole, so that its strings need not be validated one by one.
pub(crate) fn decode<R>(
    json: &[u8],
    mut read: impl FnMut(&str) -> serde_json::Result<R>,
) -> serde_json::Result<R> {
    let json = without_mark(json);
    let error = match std::str::from_utf8(json) {
        Ok(text) => match read(text) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        },
        Err(error) => serde::de::Error::custom(format_args!(
            "byte {} of the response is not UTF-8",
            error.valid_up_to()
        )),
    };
    match mend(json) {
        Some(mended) => read(&mended),
        None => Err(error),
    }
}

pub(crate) fn from_str<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text)
}

fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

/// Replaces unpaired surrogates, escaped (`\ud83d`) or as bytes. Returns `None` if there are none.
#[cold]
fn mend(json: &[u8]) -> Option<String> {
    let bytes = mend_bytes(json);
    let had_surrogates = matches!(bytes, Cow::Owned(_));
    let mut text = String::from_utf8(bytes.into_owned()).ok()?;
    (mend_escapes(&mut text) || had_surrogates).then_some(text)
}

/// Replaces surrogates encoded as three bytes (`ED A0 80` to `ED BF BF`), which UTF-8 forbids.
fn mend_bytes(json: &[u8]) -> Cow<'_, [u8]> {
    let is_surrogate = |w: &[u8]| matches!(w, [0xed, 0xa0..=0xbf, 0x80..=0xbf]);
    if !json.windows(3).any(is_surrogate) {
        return Cow::Borrowed(json);
    }
    let mut mended = json.to_vec();
    for at in 0..mended.len().saturating_sub(2) {
        if is_surrogate(&mended[at..at + 3]) {
            // U+FFFD also has three bytes.
            mended[at..at + 3].copy_from_slice("\u{fffd}".as_bytes());
        }
    }
    Cow::Owned(mended)
}

/// Replaces unpaired `\uXXXX` surrogate escapes with `\ufffd`, which has the same length.
fn mend_escapes(text: &mut String) -> bool {
    let mut halves = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match escaped_unit(&bytes[at..]) {
            Some(0xd800..=0xdbff)
                if matches!(escaped_unit(&bytes[at + 6..]), Some(0xdc00..=0xdfff)) =>
            {
                at += 12;
            }
            Some(0xd800..=0xdfff) => {
                halves.push(at);
                at += 6;
            }
            // Any other escape has at least two characters, and the second `\` of `\\` must not start a new
            // one.
            _ => at += 2,
        }
    }
    for &at in &halves {
        text.replace_range(at..at + 6, "\\ufffd");
    }
    !halves.is_empty()
}

/// Returns the code unit of a `\uXXXX` escape at the start of the text.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.get(2..6).filter(|_| bytes.starts_with(b"\\u"))?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Appends the items of an array to a list. Each item is decoded once and moved once.
pub(crate) fn append<T: DeserializeOwned>(
    text: &str,
    items: &mut Vec<T>,
) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_str(text);
    Append(items).deserialize(&mut json)?;
    json.end()
}

struct Append<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Append<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Append<'_, T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Push(&mut *self.0))?.is_some() {}
        Ok(())
    }
}

struct Push<'a, T>(&'a mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Push<'_, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.push(T::deserialize(deserializer)?);
        Ok(())
    }
}

/// Decodes the last member with this name in an object, as other JSON readers do.
pub(crate) fn member<T: DeserializeOwned>(text: &str, name: &str) -> serde_json::Result<Option<T>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let found = json.deserialize_map(Member(name, std::marker::PhantomData))?;
    json.end()?;
    Ok(found)
}

struct Member<'a, T>(&'a str, std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Member<'_, T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.0 {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Describes why JSON could not be decoded into a `T`, including the path of the field.
///
/// Decodes a second time, because tracking the path costs time and is needed only on failure.
#[cold]
pub(crate) fn explain<T: DeserializeOwned>(json: &[u8], plain: &serde_json::Error) -> String {
    let mended = mend(without_mark(json));
    let json = mended.as_deref().map_or(without_mark(json), str::as_bytes);
    let mut json = serde_json::Deserializer::from_slice(json);
    match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) if error.path().iter().next().is_some() => {
            format!("field `{}`: {}", error.path(), error.inner())
        }
        _ => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn halves_of_pairs_are_replaced_and_pairs_are_kept() {
        for (json, expected) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""a\ude00b""#, "a\u{fffd}b"),
            (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1f600}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\ud83dA""#, "\u{fffd}A"),
            (r#""\\ud83d \ud83d""#, "\\ud83d \u{fffd}"),
            (r#""\uD83D\uDE00 \uDBFF""#, "\u{1f600} \u{fffd}"),
        ] {
            assert_eq!(
                from_slice::<String>(json.as_bytes()).unwrap(),
                expected,
                "{json}"
            );
        }
        assert_eq!(
            from_slice::<String>(b"\"a\xed\xa0\xbdb\"").unwrap(),
            "a\u{fffd}b"
        );
        for bad in [r#""\ud83""#, r#""\ud83d"#, r#"{"a":"\ud83d"]"#, r#""\u12"#] {
            assert!(from_slice::<Value>(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(from_slice::<String>(b"\"\xff\"").is_err());
    }

    #[test]
    fn a_field_that_is_skipped_may_hold_anything() {
        #[derive(serde::Deserialize)]
        struct Id {
            id: String,
        }
        let id: Id = from_slice(br#"{"x":"\ud83d","\ud83d":1,"id":"a"}"#).unwrap();
        assert_eq!(id.id, "a");
    }

    proptest! {
        #[test]
        fn no_bytes_panic_it(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = from_slice::<Value>(&bytes);
            let _ = mend(&bytes);
        }

        #[test]
        fn utf16_of_any_kind_decodes(units in proptest::collection::vec(prop_oneof![any::<u16>(), 0xd800_u16..0xe000], 0..12)) {
            let escaped = units.iter().fold(String::new(), |text, unit| text + &format!("\\u{unit:04x}"));
            let expected: String = char::decode_utf16(units.iter().copied())
                .map(|unit| unit.unwrap_or('\u{fffd}'))
                .collect();
            prop_assert_eq!(from_slice::<String>(format!("\"{escaped}\"").as_bytes()).unwrap(), expected);
        }
    }
}
