//! Slices of tensors: the bytes selected by a range in each dimension.

use core::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use alloc::vec;
use alloc::vec::Vec;

use crate::Dtype;
use crate::error::{Error, Result};
use crate::rule::Rule;

/// A range in one dimension, converted from any of Rust's range types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: usize,
    /// `None` means the end of the dimension.
    end: Option<usize>,
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Span {
            start: range.start,
            end: Some(range.end),
        }
    }
}

impl From<RangeInclusive<usize>> for Span {
    fn from(range: RangeInclusive<usize>) -> Self {
        // The end of a range up to `usize::MAX` is outside of any dimension
        // anyway.
        Span {
            start: *range.start(),
            end: Some(range.end().saturating_add(1)),
        }
    }
}

impl From<RangeTo<usize>> for Span {
    fn from(range: RangeTo<usize>) -> Self {
        (0..range.end).into()
    }
}

impl From<RangeToInclusive<usize>> for Span {
    fn from(range: RangeToInclusive<usize>) -> Self {
        (0..=range.end).into()
    }
}

impl From<RangeFrom<usize>> for Span {
    fn from(range: RangeFrom<usize>) -> Self {
        Span {
            start: range.start,
            end: None,
        }
    }
}

impl From<RangeFull> for Span {
    fn from(_: RangeFull) -> Self {
        (0..).into()
    }
}

/// The bytes of a tensor that a slice consists of: runs of equal length, in
/// order.
///
/// A slice is computed from the header alone, so that its runs can be read from
/// memory, from a file or from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    shape: Vec<usize>,
    /// The first byte, counted from the beginning of the tensor.
    first: u64,
    /// The length of a run in bytes.
    run: u64,
    /// The count and stride (in bytes) of the dimensions outside of a run.
    outer: Vec<(usize, u64)>,
    runs: u64,
}

impl Slice {
    /// Creates a slice from ranges of the first dimensions; the others are
    /// taken whole.
    pub(crate) fn new<S: Into<Span>>(
        dtype: Dtype,
        shape: &[usize],
        ranges: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let mut starts = vec![0; shape.len()];
        let mut result = shape.to_vec();
        let mut given = 0;
        for span in ranges {
            let Span { start, end } = span.into();
            let dim = given;
            given += 1;
            let Some(&len) = shape.get(dim) else { continue };
            let end = end.unwrap_or(len);
            if start > end || end > len {
                return Err(Error::new(Rule::SliceRange {
                    dim,
                    start,
                    end,
                    len,
                }));
            }
            starts[dim] = start;
            result[dim] = end - start;
        }
        if given > shape.len() {
            return Err(Error::new(Rule::SliceRank {
                ranges: given,
                rank: shape.len(),
            }));
        }
        if result.contains(&0) {
            return Ok(Slice {
                shape: result,
                first: 0,
                run: 0,
                outer: Vec::new(),
                runs: 0,
            });
        }
        Self::runs_of(dtype, shape, &starts, result)
    }

    /// Returns the run length and the outer dimensions. No dimension is 0 here,
    /// so every product divides that of the checked shape and cannot overflow.
    fn runs_of(
        dtype: Dtype,
        shape: &[usize],
        starts: &[usize],
        result: Vec<usize>,
    ) -> Result<Self> {
        let whole = |bits: u64| {
            if bits.is_multiple_of(8) {
                Ok(bits / 8)
            } else {
                Err(Error::new(Rule::NotWholeBytes { bits }))
            }
        };
        let mut stride = u64::from(dtype.bits());
        let mut first = 0;
        let mut run = stride;
        let mut runs = 1;
        // A dimension is part of the run as long as all dimensions inside it
        // are whole.
        let mut inside = true;
        let mut outer = Vec::new();
        for dim in (0..shape.len()).rev() {
            first += starts[dim] as u64 * stride;
            if inside {
                run = result[dim] as u64 * stride;
                inside = result[dim] == shape[dim];
            } else if result[dim] > 1 {
                outer.push((result[dim], whole(stride)?));
                runs *= result[dim] as u64;
            }
            stride *= shape[dim] as u64;
        }
        outer.reverse();
        Ok(Slice {
            shape: result,
            first: whole(first)?,
            run: whole(run)?,
            outer,
            runs,
        })
    }

    /// Returns the shape of the slice.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns the size of the slice in bytes.
    pub fn byte_len(&self) -> u64 {
        self.run * self.runs
    }

    /// Iterates over the runs of bytes, counted from the beginning of the
    /// tensor's data.
    pub fn byte_ranges(&self) -> ByteRanges<'_> {
        ByteRanges {
            slice: self,
            at: vec![0; self.outer.len()],
            left: self.runs,
        }
    }
}

/// An iterator over the runs of a [`Slice`].
#[derive(Clone, Debug)]
pub struct ByteRanges<'s> {
    slice: &'s Slice,
    /// The position in each of the outer dimensions.
    at: Vec<usize>,
    left: u64,
}

impl Iterator for ByteRanges<'_> {
    type Item = Range<u64>;

    fn next(&mut self) -> Option<Range<u64>> {
        self.left = self.left.checked_sub(1)?;
        let outer = &self.slice.outer;
        let start = outer
            .iter()
            .zip(&self.at)
            .fold(self.slice.first, |start, ((_, stride), at)| {
                start + *at as u64 * stride
            });
        for ((count, _), at) in outer.iter().zip(&mut self.at).rev() {
            *at += 1;
            if *at < *count {
                break;
            }
            *at = 0;
        }
        Some(start..start + self.slice.run)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left);
        (left.unwrap_or(usize::MAX), left.ok())
    }
}
