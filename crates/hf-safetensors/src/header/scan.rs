//! A cursor over the JSON of a header that reads strings and integers. The
//! module `skip` skips other values.
//!
//! Accepts exactly what `serde_json` accepts, with the same recursion limit.

use alloc::string::String;

use crate::error::{Error, Result};
use crate::rule::Rule;

/// A string: a range of the header, or of the separate buffer of unescaped
/// strings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    start: u32,
    len: u32,
}

/// Marks a start within the unescaped strings.
const UNESCAPED: u32 = 1 << 31;

impl Text {
    pub(crate) fn get<'s>(self, json: &'s str, unescaped: &'s str) -> &'s str {
        let source = if self.start & UNESCAPED == 0 {
            json
        } else {
            unescaped
        };
        let start = (self.start & !UNESCAPED) as usize;
        source
            .get(start..start + self.len as usize)
            .unwrap_or_default()
    }
}

/// A cursor over a header of at most `Options::HIGHEST_MAX_HEADER_LEN` bytes.
pub(crate) struct Scanner<'h> {
    pub(super) json: &'h str,
    bytes: &'h [u8],
    /// The next byte to be read.
    pub(crate) at: usize,
    /// Strings that contained escapes.
    pub(crate) unescaped: String,
}

impl<'h> Scanner<'h> {
    pub(crate) fn new(json: &'h str) -> Self {
        Scanner {
            json,
            bytes: json.as_bytes(),
            at: 0,
            unescaped: String::new(),
        }
    }

    pub(crate) fn text(&self, text: Text) -> &str {
        text.get(self.json, &self.unescaped)
    }

    /// Returns the number of bytes not yet read.
    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn rest(&self) -> &'h [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Consumes `token` if it comes next.
    #[inline]
    pub(crate) fn eat_all(&mut self, token: &[u8]) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    #[inline]
    pub(crate) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Returns an error at the next byte.
    #[cold]
    pub(crate) fn error(&self, rule: Rule) -> Error {
        Error::new(rule).at(self.at as u64 + super::PREFIX_LEN)
    }

    #[cold]
    pub(crate) fn expected(&self, expected: &'static str) -> Error {
        self.error(Rule::Json { expected })
    }

    /// Reads a key and the colon after it, including surrounding white space.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Text> {
        if !self.eat(b'"') {
            return Err(self.expected("a key in quotes"));
        }
        let key = self.string()?;
        self.space();
        if !self.eat(b':') {
            return Err(self.expected("`:`"));
        }
        self.space();
        Ok(key)
    }

    /// After a member or element: returns true if another one follows, and
    /// false if `close` ended the container.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ if close == b']' => Err(self.expected("`,` or `]`")),
            _ => Err(self.expected("`,` or `}`")),
        }
    }

    /// Reads a string whose opening quote has been consumed.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Text> {
        let start = self.at;
        let end = plain_run(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(text(start, end, 0));
        }
        self.escaped_string(start, end)
    }

    #[cold]
    fn escaped_string(&mut self, mut start: usize, mut end: usize) -> Result<Text> {
        let first = self.unescaped.len();
        loop {
            self.unescaped
                .push_str(self.json.get(start..end).unwrap_or_default());
            self.at = end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text(first, self.unescaped.len(), UNESCAPED));
                }
                Some(b'\\') => {
                    self.at += 1;
                    let unescaped = self.escape()?;
                    self.unescaped.push(unescaped);
                }
                Some(_) => {
                    return Err(self.expected("no control character in a string"));
                }
                None => return Err(self.expected("the end of a string")),
            }
            start = self.at;
            end = plain_run(self.bytes, start);
        }
    }

    /// Reads the character of an escape whose backslash has been consumed.
    fn escape(&mut self) -> Result<char> {
        let byte = self.peek();
        let character = match byte {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.expected("an escape that JSON knows")),
        };
        self.at += 1;
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char> {
        const LONE: &str = "surrogates in pairs";
        let unit = self.hex()?;
        let code = if (0xd800..0xdc00).contains(&unit) {
            if !self.eat_all(b"\\u") {
                return Err(self.expected(LONE));
            }
            let low = self.hex()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(self.expected(LONE));
            }
            0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
        } else {
            unit
        };
        char::from_u32(code).ok_or_else(|| self.expected(LONE))
    }

    fn hex(&mut self) -> Result<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.expected("four hexadecimal digits"));
            };
            unit = unit << 4 | digit;
            self.at += 1;
        }
        Ok(unit)
    }

    /// Reads a non-negative integer that fits 64 bits, without fraction or
    /// exponent.
    #[inline]
    pub(crate) fn integer(&mut self) -> Option<u64> {
        let start = self.at;
        let mut value = 0u64;
        while let Some(digit) = self.peek().map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
        {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        let digits = self.at - start;
        // Nineteen digits always fit.
        if digits.wrapping_sub(1) < 19 && (digits == 1 || self.bytes[start] != b'0') {
            return Some(value);
        }
        let digits = self.json.get(start..self.at)?;
        if digits.starts_with('0') {
            return None;
        }
        digits.parse().ok()
    }
}

/// Positions fit, because of the maximum length of a header.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(super) fn text(start: usize, end: usize, mark: u32) -> Text {
    Text {
        start: start as u32 | mark,
        len: (end - start) as u32,
    }
}

/// Returns the position of the first quote, backslash or control character,
/// starting from `at`.
#[inline]
fn plain_run(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let special = special(u64::from_le_bytes(*chunk));
        if special != 0 {
            return at + (special.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        at += 1;
    }
    at
}

/// Sets the high bit of the lowest byte that is a quote, a backslash or a
/// control character. Higher bits may be set incorrectly.
#[inline]
const fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let quote = quote.wrapping_sub(ONES) & !quote;
    let backslash = backslash.wrapping_sub(ONES) & !backslash;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (quote | backslash | control) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_run_ends_at_the_first_special_byte_wherever_it_is() {
        for len in 0..40 {
            for at in 0..len {
                for special in [b'"', b'\\', 0, 0x1f] {
                    for other in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![other; len];
                        bytes[at] = special;
                        assert_eq!(plain_run(&bytes, 0), at);
                    }
                }
            }
            assert_eq!(plain_run(&vec![b'a'; len], 0), len);
        }
    }

    #[test]
    fn integers() {
        let integer = |text: &str| Scanner::new(text).integer();
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer("10,"), Some(10));
        assert_eq!(
            integer("9999999999999999999"),
            Some(9_999_999_999_999_999_999)
        );
        assert_eq!(integer("18446744073709551615"), Some(u64::MAX));
        for refused in [
            "",
            "-1",
            "00",
            "01",
            "18446744073709551616",
            "99999999999999999999",
            "100000000000000000000",
        ] {
            assert_eq!(integer(refused), None, "{refused}");
        }
    }
}
