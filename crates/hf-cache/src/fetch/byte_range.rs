//! The bytes that a request asks for.

/// The requested bytes: from `start` to `end` (exclusive), or to the end of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
}

impl ByteRange {
    pub(crate) const ALL: Self = Self {
        start: 0,
        end: None,
    };

    pub(crate) fn from(start: u64) -> Self {
        Self { start, end: None }
    }

    pub(super) fn header(self) -> Option<String> {
        match (self.start, self.end) {
            (0, None) => None,
            (start, None) => Some(format!("bytes={start}-")),
            (start, Some(end)) => Some(format!("bytes={start}-{}", end.saturating_sub(1))),
        }
    }
}
