//! Sets of byte ranges.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of bytes of a file, as ranges that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RangeSet(BTreeMap<u64, u64>);

impl RangeSet {
    pub(crate) fn of(ranges: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut set = Self::default();
        for range in ranges {
            set.insert(range);
        }
        set
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Range<u64>> + '_ {
        self.0.iter().map(|(&start, &end)| start..end)
    }

    pub(crate) fn first(&self) -> Option<Range<u64>> {
        self.iter().next()
    }

    /// Adds bytes.
    pub(crate) fn insert(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let (mut start, mut end) = (range.start, range.end);
        while let Some((&s, &e)) = self
            .0
            .range(..=end)
            .next_back()
            .filter(|&(_, &e)| e >= start)
        {
            start = start.min(s);
            end = end.max(e);
            self.0.remove(&s);
        }
        self.0.insert(start, end);
    }

    /// Takes bytes away, and returns how many of them were there.
    pub(crate) fn remove(&mut self, range: Range<u64>) -> u64 {
        let mut removed = 0;
        if range.is_empty() {
            return removed;
        }
        while let Some((&s, &e)) = self
            .0
            .range(..range.end)
            .next_back()
            .filter(|&(_, &e)| e > range.start)
        {
            self.0.remove(&s);
            removed += e.min(range.end) - s.max(range.start);
            if e > range.end {
                self.0.insert(range.end, e);
            }
            if s < range.start {
                self.0.insert(s, range.start);
            }
        }
        removed
    }

    /// Returns those of the bytes that are there.
    pub(crate) fn within(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let from = self
            .0
            .range(..=range.start)
            .next_back()
            .map_or(range.start, |(&s, _)| s);
        self.0
            .range(from..range.end.max(from))
            .map(|(&s, &e)| s.max(range.start)..e.min(range.end))
            .filter(|part| !part.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_ranges_is_a_set_of_numbers(
            changes in proptest::collection::vec((any::<bool>(), 0..60_u8, 0..20_u8), 0..40),
            probe in (0..70_u64, 0..30_u64),
        ) {
            let mut set = RangeSet::default();
            let mut there = [false; 100];
            for (insert, start, len) in changes {
                let range = u64::from(start)..u64::from(start + len);
                let places = usize::from(start)..usize::from(start + len);
                if insert {
                    set.insert(range);
                } else {
                    let before = there[places.clone()].iter().filter(|t| **t).count();
                    prop_assert_eq!(set.remove(range), before as u64);
                }
                there[places].fill(insert);
            }
            let ranges: Vec<_> = set.iter().collect();
            prop_assert!(ranges.windows(2).all(|w| w[0].end < w[1].start));
            let numbers: Vec<u64> = ranges.iter().cloned().flatten().collect();
            let expected: Vec<u64> = (0..).zip(there).filter_map(|(i, t)| t.then_some(i)).collect();
            prop_assert_eq!(&numbers, &expected);
            let probe = probe.0..probe.0 + probe.1;
            let within: Vec<u64> = set.within(probe.clone()).into_iter().flatten().collect();
            let expected: Vec<u64> = expected.into_iter().filter(|n| probe.contains(n)).collect();
            prop_assert_eq!(within, expected);
            prop_assert_eq!(set.is_empty(), set.first().is_none());
        }
    }
}
