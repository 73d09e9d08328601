//! The contents of a header as flat lists that refer to its text.

use alloc::string::String;
use alloc::vec::Vec;

use super::names::{self, Names};
use super::scan::Text;
use crate::error::{Error, Result};
use crate::rule::Rule;
use crate::{Dtype, Options};

/// Codes from here on stand for unknown dtypes, which are kept by name.
pub(super) const OTHER_DTYPES: u32 = 1 << 8;

/// A tensor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) begin: u64,
    pub(crate) end: u64,
    name: Text,
    hash: u32,
    first_dim: u32,
    rank: u32,
    dtype: u32,
}

impl Entry {
    /// The number of dimensions is smaller than the number of bytes in a
    /// header, which fits 31 bits.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn new(
        name: Text,
        dtype: u32,
        (first_dim, end_dim): (usize, usize),
        (begin, end): (u64, u64),
        text: &str,
    ) -> Self {
        Entry {
            begin,
            end,
            name,
            hash: names::hash_name(text.as_bytes()),
            first_dim: first_dim as u32,
            rank: (end_dim - first_dim) as u32,
            dtype,
        }
    }

    #[inline]
    pub(crate) fn dtype(&self) -> Option<Dtype> {
        Dtype::from_code(self.dtype)
    }

    #[inline]
    fn offsets(&self) -> (u64, u64) {
        (self.begin, self.end)
    }
}

/// The tensors in the order of their data, and the metadata sorted by key.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    entries: Vec<Entry>,
    dims: Vec<usize>,
    names: Names,
    metadata: Option<Vec<(Text, Text)>>,
    unescaped: String,
    other_dtypes: Vec<Text>,
}

impl Layout {
    pub(super) fn new(
        entries: Vec<Entry>,
        dims: Vec<usize>,
        metadata: Option<Vec<(Text, Text)>>,
        unescaped: String,
        other_dtypes: Vec<Text>,
    ) -> Self {
        Layout {
            entries,
            dims,
            names: Names::build(0, |_| 0, |_| "").0,
            metadata,
            unescaped,
            other_dtypes,
        }
    }

    /// Sorts the tensors, resolves or rejects duplicates, and checks every
    /// tensor.
    pub(super) fn index(&mut self, json: &str, options: Options) -> Result<()> {
        self.index_metadata(json, options)?;
        if options.is_strict() {
            self.sort();
            let duplicates = self.index_names(json);
            if let Some(&(_, later)) = duplicates.first() {
                let name = self.name(json, &self.entries[later as usize]);
                return Err(Error::new(Rule::DuplicateTensor).of(name));
            }
        } else {
            // Which of two is the last one follows from the order in the
            // header.
            let duplicates = self.index_names(json);
            let mut moved = self.sort_needed();
            if !duplicates.is_empty() {
                let mut dead = alloc::vec![false; self.entries.len()];
                for (earlier, _) in duplicates {
                    dead[earlier as usize] = true;
                }
                let mut dead = dead.into_iter();
                self.entries.retain(|_| !dead.next().unwrap_or_default());
                moved = true;
            }
            if moved {
                self.sort();
                self.index_names(json);
            }
        }
        self.validate(json)
    }

    fn index_metadata(&mut self, json: &str, options: Options) -> Result<()> {
        let Some(pairs) = &mut self.metadata else {
            return Ok(());
        };
        let get = |text: Text| text.get(json, &self.unescaped);
        pairs.sort_by(|(a, _), (b, _)| get(*a).cmp(get(*b)));
        if options.is_strict() {
            let twice = pairs
                .windows(2)
                .find(|pair| get(pair[0].0) == get(pair[1].0));
            if let Some(pair) = twice {
                let key = get(pair[0].0).into();
                return Err(Error::new(Rule::DuplicateMetadataKey { key }));
            }
        } else {
            pairs.dedup_by(|later, kept| {
                let same = get(later.0) == get(kept.0);
                if same {
                    *kept = *later;
                }
                same
            });
        }
        Ok(())
    }

    fn sort_needed(&self) -> bool {
        !self.entries.is_sorted_by_key(Entry::offsets)
    }

    fn sort(&mut self) {
        if self.sort_needed() {
            self.entries.sort_by_key(Entry::offsets);
        }
    }

    fn index_names(&mut self, json: &str) -> Vec<names::Duplicate> {
        let (names, duplicates) = Names::build(
            self.entries.len(),
            |entry| self.entries[entry as usize].hash,
            |entry| self.name(json, &self.entries[entry as usize]),
        );
        self.names = names;
        duplicates
    }

    /// Performs the checks of the reference, in the same order.
    fn validate(&self, json: &str) -> Result<()> {
        let mut expected = 0;
        for entry in &self.entries {
            let (begin, end) = entry.offsets();
            let rule = if begin != expected || end < begin {
                Rule::Offsets {
                    begin,
                    end,
                    expected,
                }
            } else {
                expected = end;
                match self.size(entry) {
                    Ok(Some(needed)) if end - begin != needed => Rule::Size { begin, end, needed },
                    Ok(_) => continue,
                    Err(rule) => rule,
                }
            };
            return Err(Error::new(rule).of(self.name(json, entry)));
        }
        Ok(())
    }

    /// Returns the size in bytes according to shape and dtype, if the dtype is
    /// known.
    #[inline]
    fn size(&self, entry: &Entry) -> Result<Option<u64>, Rule> {
        let shape = self.shape(entry);
        let overflow = || Rule::ShapeOverflow {
            shape: shape.to_vec(),
        };
        let count = count(shape).ok_or_else(overflow)?;
        let Some(dtype) = entry.dtype() else {
            return Ok(None);
        };
        let bits = count
            .checked_mul(u64::from(dtype.bits()))
            .ok_or_else(overflow)?;
        if bits.is_multiple_of(8) {
            Ok(Some(bits / 8))
        } else {
            Err(Rule::NotWholeBytes { bits })
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn find(&self, json: &str, name: &str) -> Option<&Entry> {
        let entry = self.names.find(
            name,
            |entry| self.entries[entry as usize].hash,
            |entry| self.name(json, &self.entries[entry as usize]),
        )?;
        self.entries.get(entry as usize)
    }

    /// Returns the indices of the entries, sorted by name.
    pub(crate) fn by_name(&self, json: &str) -> Vec<u32> {
        names::sorted(self.entries.len(), &|entry| {
            self.name(json, &self.entries[entry as usize])
        })
    }

    #[inline]
    pub(crate) fn name<'s>(&'s self, json: &'s str, entry: &Entry) -> &'s str {
        entry.name.get(json, &self.unescaped)
    }

    #[inline]
    pub(crate) fn shape(&self, entry: &Entry) -> &[usize] {
        let first = entry.first_dim as usize;
        self.dims
            .get(first..first + entry.rank as usize)
            .unwrap_or_default()
    }

    pub(crate) fn dtype_name<'s>(&'s self, json: &'s str, entry: &Entry) -> &'s str {
        if let Some(dtype) = entry.dtype() {
            return dtype.as_str();
        }
        let number = entry.dtype.wrapping_sub(OTHER_DTYPES) as usize;
        self.other_dtypes
            .get(number)
            .map_or("", |name| name.get(json, &self.unescaped))
    }

    pub(crate) fn has_metadata(&self) -> bool {
        self.metadata.is_some()
    }

    pub(crate) fn metadata<'s>(
        &'s self,
        json: &'s str,
    ) -> impl ExactSizeIterator<Item = (&'s str, &'s str)> + DoubleEndedIterator {
        let get = move |text: Text| text.get(json, &self.unescaped);
        self.metadata
            .as_deref()
            .unwrap_or_default()
            .iter()
            .map(move |&(key, value)| (get(key), get(value)))
    }

    pub(crate) fn metadata_value<'s>(&'s self, json: &'s str, key: &str) -> Option<&'s str> {
        let pairs = self.metadata.as_deref()?;
        let get = |text: Text| text.get(json, &self.unescaped);
        let at = pairs.binary_search_by(|(k, _)| get(*k).cmp(key)).ok()?;
        pairs.get(at).map(|(_, value)| get(*value))
    }

    /// Returns the size of the data in bytes.
    pub(crate) fn data_len(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.end)
    }
}

/// Returns the number of elements of a shape. Dimensions are multiplied in
/// order, as in the reference, so a dimension of 0 hides an overflow only in
/// the dimensions that follow it.
#[inline]
pub(crate) fn count(shape: &[usize]) -> Option<u64> {
    shape
        .iter()
        .try_fold(1u64, |count, &dim| count.checked_mul(dim as u64))
}
