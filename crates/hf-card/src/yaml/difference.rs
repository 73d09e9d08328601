//! How two lists differ.

use std::ops::Range;

use crate::value::Value;

/// How a list differs from another: items that both have at the start and at the end are the same.
pub(super) struct Difference {
    /// Items that stand in both, with another value.
    pub(super) changed: Range<usize>,
    /// Items of the old list that follow them and are gone.
    pub(super) removed: Range<usize>,
    /// Items of the new list that follow them.
    pub(super) added: Range<usize>,
}

impl Difference {
    pub(super) fn of(old: &[Value], new: &[Value]) -> Self {
        let start = old
            .iter()
            .zip(new)
            .take_while(|(old, new)| old == new)
            .count();
        let (old_rest, new_rest) = (&old[start..], &new[start..]);
        let end = old_rest
            .iter()
            .rev()
            .zip(new_rest.iter().rev())
            .take_while(|(old, new)| old == new)
            .count();
        let (old_end, new_end) = (old.len() - end, new.len() - end);
        let both = old_end.min(new_end);
        Self {
            changed: start..both,
            removed: both..old_end,
            added: both..new_end,
        }
    }
}
