//! Percent-encodes parts of a URL.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All characters except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

const RESERVED_BUT_SLASH: &AsciiSet = &RESERVED.remove(b'/');

const RESERVED_BUT_SPACE: &AsciiSet = &RESERVED.remove(b' ');

/// Encodes one segment of a path. `/` is encoded too, as required for a revision.
///
/// ```
/// assert_eq!(hf_transport::path::segment("refs/pr/1"), "refs%2Fpr%2F1");
/// ```
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Encodes the path of a file in a repository. `/` is kept.
///
/// ```
/// assert_eq!(hf_transport::path::file("a b/ü.json"), "a%20b/%C3%BC.json");
/// ```
pub fn file(text: &str) -> String {
    utf8_percent_encode(text, RESERVED_BUT_SLASH).to_string()
}

/// Appends a name or value of a form, encoding a space as `+`.
pub(crate) fn push_form(into: &mut String, text: &str) {
    for part in utf8_percent_encode(text, RESERVED_BUT_SPACE) {
        if part.contains(' ') {
            into.push_str(&part.replace(' ', "+"));
        } else {
            into.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_encoding_is_that_of_python_s_client() {
        let mut text = String::new();
        push_form(&mut text, "b c/d:é~*'()!,;@$&=+?");
        assert_eq!(
            text,
            "b+c%2Fd%3A%C3%A9~%2A%27%28%29%21%2C%3B%40%24%26%3D%2B%3F"
        );
    }
}
