//! A fast path for tensors formatted as the reference implementation writes
//! them.

use super::layout::Entry;
use super::parse::Parser;
use super::scan::Text;
use crate::Dtype;

impl Parser<'_> {
    /// Reads a tensor in the form that the reference writes: fields in order,
    /// without white space. Returns `None` without consuming anything for any
    /// other form, which the general parser then reads.
    #[inline]
    pub(super) fn canonical_tensor(&mut self, name: Text) -> Option<Entry> {
        let start = self.scan.at;
        let first_dim = self.dims.len();
        let entry = self.try_canonical_tensor(name, first_dim);
        if entry.is_none() {
            self.scan.at = start;
            self.dims.truncate(first_dim);
        }
        entry
    }

    #[inline]
    fn try_canonical_tensor(&mut self, name: Text, first_dim: usize) -> Option<Entry> {
        if !self.scan.eat_all(br#"{"dtype":""#) {
            return None;
        }
        let dtype = self.canonical_dtype()?;
        if !self.scan.eat_all(br#"","shape":["#) {
            return None;
        }
        if !self.scan.eat(b']') {
            loop {
                let dim = usize::try_from(self.scan.integer()?).ok()?;
                self.push_dim(dim);
                if self.scan.eat(b']') {
                    break;
                }
                if !self.scan.eat(b',') {
                    return None;
                }
            }
        }
        if !self.scan.eat_all(br#","data_offsets":["#) {
            return None;
        }
        let begin = self.scan.integer()?;
        if !self.scan.eat(b',') {
            return None;
        }
        let end = self.scan.integer()?;
        if !self.scan.eat_all(b"]}") {
            return None;
        }
        let shape = (first_dim, self.dims.len());
        Some(Entry::new(
            name,
            dtype.code(),
            shape,
            (begin, end),
            self.scan.text(name),
        ))
    }

    #[inline]
    fn canonical_dtype(&mut self) -> Option<Dtype> {
        const LONGEST: usize = "F8_E4M3FNUZ".len();
        let rest = self.scan.rest();
        let len = rest
            .iter()
            .take(LONGEST + 1)
            .position(|byte| *byte == b'"')?;
        let dtype = Dtype::from_name(core::str::from_utf8(&rest[..len]).ok()?)?;
        self.scan.at += len;
        Some(dtype)
    }
}
