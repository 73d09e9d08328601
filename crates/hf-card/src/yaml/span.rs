//! Where things stand, for positions and errors.

use granit_parser::Span;

use crate::error::{CardErrorKind, Error};

/// The most lists and maps within each other. Values are dropped, compared and written recursively.
pub(super) const MAX_DEPTH: usize = 64;

pub(super) fn start_of(span: &Span) -> usize {
    span.byte_range().map_or(0, |range| range.start)
}

pub(super) fn end_of(span: &Span) -> usize {
    span.byte_range().map_or(0, |range| range.end)
}

pub(super) fn at(span: &Span, kind: CardErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, message).at_line(span.start.line())
}
