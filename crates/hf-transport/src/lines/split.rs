//! Splitting chunks into lines.

use bytes::{Bytes, BytesMut};

/// The line terminators that are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// `\n`, or `\r\n`.
    Lf,
    /// `\n`, `\r\n` or `\r`, as in server-sent events.
    Any,
}

/// Splits a stream of chunks into lines, examining each byte once.
#[derive(Debug)]
pub(crate) struct Splitter {
    buffer: BytesMut,
    looked_at: usize,
    ends: Ends,
    /// Whether the last line ended in `\r`, in which case a following `\n` belongs to it.
    after_cr: bool,
}

impl Splitter {
    pub(crate) fn new(ends: Ends) -> Self {
        Self {
            buffer: BytesMut::new(),
            looked_at: 0,
            ends,
            after_cr: false,
        }
    }

    pub(crate) fn push(&mut self, chunk: &[u8]) {
        self.buffer.extend_from_slice(chunk);
    }

    /// Returns the number of bytes that do not form a whole line yet.
    pub(crate) fn pending(&self) -> usize {
        self.buffer.len()
    }

    pub(crate) fn next_line(&mut self) -> Option<Bytes> {
        if self.after_cr && !self.buffer.is_empty() {
            if self.buffer[0] == b'\n' {
                drop(self.buffer.split_to(1));
            }
            self.after_cr = false;
        }
        let is_end = |byte: &u8| *byte == b'\n' || (*byte == b'\r' && self.ends == Ends::Any);
        let Some(at) = self.buffer[self.looked_at..].iter().position(is_end) else {
            self.looked_at = self.buffer.len();
            return None;
        };
        let mut line = self.buffer.split_to(self.looked_at + at + 1);
        self.looked_at = 0;
        self.after_cr = line.ends_with(b"\r");
        line.truncate(line.len() - 1);
        if self.ends == Ends::Lf && line.ends_with(b"\r") {
            line.truncate(line.len() - 1);
        }
        Some(line.freeze())
    }

    /// Returns the unterminated rest at the end of the body.
    pub(crate) fn rest(&mut self) -> Option<Bytes> {
        self.looked_at = 0;
        let mut rest = self.buffer.split();
        if rest.ends_with(b"\r") {
            rest.truncate(rest.len() - 1);
        }
        (!rest.is_empty()).then(|| rest.freeze())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(ends: Ends, chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = Splitter::new(ends);
        let mut lines = Vec::new();
        for chunk in chunks {
            splitter.push(chunk);
            while let Some(line) = splitter.next_line() {
                lines.push(String::from_utf8_lossy(&line).into_owned());
            }
        }
        lines.extend(
            splitter
                .rest()
                .map(|rest| String::from_utf8_lossy(&rest).into_owned()),
        );
        lines
    }

    #[test]
    fn line_ends() {
        assert_eq!(
            split(Ends::Lf, &[b"a\r\nb\rc\n\nd"]),
            ["a", "b\rc", "", "d"]
        );
        assert_eq!(
            split(Ends::Any, &[b"a\r\nb\rc\n\r\rd\r"]),
            ["a", "b", "c", "", "", "d"]
        );
        assert_eq!(split(Ends::Any, &[b"a\r", b"\nb"]), ["a", "b"]);
        assert_eq!(split(Ends::Lf, &[b"a\r", b"\nb"]), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn where_chunks_end_does_not_matter(text in "[ab\r\n]{0,40}", cut in 0usize..40) {
            for ends in [Ends::Lf, Ends::Any] {
                let (left, right) = text.as_bytes().split_at(cut.min(text.len()));
                prop_assert_eq!(split(ends, &[left, right]), split(ends, &[text.as_bytes()]));
            }
        }
    }
}
