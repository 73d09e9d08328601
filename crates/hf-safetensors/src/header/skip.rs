//! Skips values, and reads scalars as their text.

use super::scan::{Scanner, Text, text};
use crate::error::Result;

/// The maximum nesting depth of containers, which is that of `serde_json`.
const MAX_DEPTH: u32 = 127;

/// Numbers with fewer bytes and no exponent cannot overflow a double.
const SAFE_NUMBER_LEN: usize = 300;

impl Scanner<'_> {
    /// Reads a number or boolean as its text. Returns `None` without consuming
    /// anything for other values.
    pub(crate) fn scalar(&mut self) -> Result<Option<Text>> {
        let start = self.at;
        if let Some(b'-' | b'0'..=b'9' | b't' | b'f') = self.peek() {
            self.skip_value(0)?;
            return Ok(Some(text(start, self.at, 0)));
        }
        Ok(None)
    }

    /// Skips a value of any kind, inside `depth` containers.
    pub(crate) fn skip_value(&mut self, depth: u32) -> Result<()> {
        let token: &[u8] = match self.peek() {
            Some(b'"') => {
                self.at += 1;
                let kept = self.unescaped.len();
                self.string()?;
                self.unescaped.truncate(kept);
                return Ok(());
            }
            Some(b'-' | b'0'..=b'9') => return self.skip_number(),
            Some(open @ (b'[' | b'{')) => return self.skip_container(open, depth + 1),
            Some(b'n') => b"null",
            Some(b't') => b"true",
            Some(b'f') => b"false",
            _ => return Err(self.expected("a value")),
        };
        if self.eat_all(token) {
            Ok(())
        } else {
            Err(self.expected("a value"))
        }
    }

    fn skip_container(&mut self, open: u8, depth: u32) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(self.expected("less deep nesting (127 levels)"));
        }
        let close = open + 2;
        self.at += 1;
        self.space();
        if self.eat(close) {
            return Ok(());
        }
        loop {
            if open == b'{' {
                let kept = self.unescaped.len();
                self.key()?;
                self.unescaped.truncate(kept);
            }
            self.skip_value(depth)?;
            if !self.more(close)? {
                return Ok(());
            }
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_number(&mut self) -> Result<()> {
        const NUMBER: &str = "a number";
        let start = self.at;
        self.eat(b'-');
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (zero && whole > 1) {
            return Err(self.expected(NUMBER));
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(self.expected(NUMBER));
        }
        let mut exponent = false;
        if let Some(b'e' | b'E') = self.peek() {
            exponent = true;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.expected(NUMBER));
            }
        }
        // `serde_json` rejects a number too large for a double; it also knows
        // best where exactly the limit is.
        let number = self.json.get(start..self.at).unwrap_or_default();
        if (exponent || number.len() >= SAFE_NUMBER_LEN)
            && serde_json::from_str::<f64>(number).is_err()
        {
            return Err(self.expected("a number in the range of a double"));
        }
        Ok(())
    }
}
