//! Reading several ranges of a file, with few requests and several of them in flight.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use object_store::path::Path;
use object_store::{GetRange, Result, collect_bytes};

use crate::error::{is_other_content, out_of_range};
use crate::inner::Inner;

/// Ranges are joined up to this length. What is longer gains nothing by one request less, and would hold back the
/// ranges at its beginning until its end is there.
const LONGEST_JOINED: u64 = 8 * 1024 * 1024;
/// How many requests of one call are in flight at the same time.
const IN_FLIGHT: usize = 8;

impl Inner {
    pub(crate) async fn get_ranges(
        self: &Arc<Self>,
        location: &Path,
        ranges: &[Range<u64>],
    ) -> Result<Vec<Bytes>> {
        if ranges.is_empty() {
            return Ok(Vec::new());
        }
        match self.try_get_ranges(location, ranges).await {
            Err(error) if is_other_content(&error) && self.forget(location) => {
                self.try_get_ranges(location, ranges).await
            }
            result => result,
        }
    }

    async fn try_get_ranges(
        self: &Arc<Self>,
        location: &Path,
        ranges: &[Range<u64>],
    ) -> Result<Vec<Bytes>> {
        let (snapshot, entry) = self.find(location).await?;
        let mut wanted = Vec::with_capacity(ranges.len());
        for range in ranges {
            let range = GetRange::Bounded(range.clone()).as_range(entry.size);
            wanted.push(range.map_err(out_of_range)?);
        }
        let plan = Plan::new(&wanted, self.settings.coalesce);
        let parts: Vec<Bytes> = stream::iter(plan.requests.clone())
            .map(|request| {
                let (snapshot, entry) = (&snapshot, &entry);
                async move {
                    let length = request.end - request.start;
                    let bytes = self.bytes(location, snapshot, entry, request).await?;
                    // Of a long one, memory is allocated as it arrives.
                    collect_bytes(bytes, Some(length.min(LONGEST_JOINED))).await
                }
            })
            .buffered(IN_FLIGHT)
            .try_collect()
            .await?;
        Ok(plan.cut(&wanted, &parts))
    }
}

/// Which requests read the ranges of a call.
#[derive(Debug, PartialEq)]
struct Plan {
    requests: Vec<Range<u64>>,
    /// For each range the request that it is a part of.
    of: Vec<usize>,
}

impl Plan {
    /// Joins ranges with a gap of at most `gap` bytes between them. A range is never split: who asks for a long one gets it
    /// in one piece.
    fn new(ranges: &[Range<u64>], gap: u64) -> Self {
        let mut order: Vec<usize> = (0..ranges.len()).collect();
        order.sort_unstable_by_key(|&i| (ranges[i].start, ranges[i].end));
        let mut requests: Vec<Range<u64>> = Vec::new();
        let mut of = vec![0; ranges.len()];
        for i in order {
            let range = &ranges[i];
            match requests.last_mut() {
                Some(last) if joins(last, range, gap) => last.end = last.end.max(range.end),
                _ => requests.push(range.clone()),
            }
            of[i] = requests.len() - 1;
        }
        Self { requests, of }
    }

    /// Cuts the ranges out of what the requests have read.
    fn cut(&self, ranges: &[Range<u64>], parts: &[Bytes]) -> Vec<Bytes> {
        let cut = ranges.iter().zip(&self.of).map(|(range, &of)| {
            let at =
                |byte: u64| usize::try_from(byte - self.requests[of].start).unwrap_or(usize::MAX);
            parts[of].slice(at(range.start)..at(range.end))
        });
        cut.collect()
    }
}

/// Whether one request is to read `last` and `next`, which begins no earlier.
fn joins(last: &Range<u64>, next: &Range<u64>, gap: u64) -> bool {
    next.end <= last.end
        || next.start <= last.end.saturating_add(gap) && next.end - last.start <= LONGEST_JOINED
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn plan(ranges: &[Range<u64>], gap: u64) -> Vec<Range<u64>> {
        Plan::new(ranges, gap).requests
    }

    #[test]
    fn what_is_close_is_one_request_until_it_is_long() {
        let one = |range: Range<u64>| vec![range];
        assert_eq!(plan(&[5..9, 0..3], 2), one(0..9));
        assert_eq!(plan(&[5..9, 0..3], 1), [0..3, 5..9]);
        assert_eq!(plan(&[0..3, 0..9, 2..4], 0), one(0..9));
        // The columns of a row group: each its own request, once a few of them are long enough.
        let columns = [
            0..6 * MIB,
            6 * MIB..7 * MIB,
            7 * MIB..13 * MIB,
            13 * MIB..33 * MIB,
        ];
        let requests = [0..7 * MIB, 7 * MIB..13 * MIB, 13 * MIB..33 * MIB];
        assert_eq!(plan(&columns, 0), requests);
        // A part of a long range is cut out of it.
        let part = [0..33 * MIB, 20 * MIB..21 * MIB];
        assert_eq!(plan(&part, 0), one(0..33 * MIB));
    }

    proptest! {
        #[test]
        fn ranges_are_cut_out_of_few_short_requests(
            ranges in proptest::collection::vec((0_u64..2_000, 1_u64..500), 1..20),
            gap in 0_u64..300,
        ) {
            // Thousands of bytes stand for megabytes.
            let scale = LONGEST_JOINED / 1_000;
            let wanted: Vec<_> =
                ranges.iter().map(|&(start, length)| start * scale..(start + length) * scale).collect();
            let plan = Plan::new(&wanted, gap * scale);
            for (range, &of) in wanted.iter().zip(&plan.of) {
                let request = &plan.requests[of];
                prop_assert!(request.start <= range.start && range.end <= request.end);
            }
            for request in &plan.requests {
                let longest = wanted.iter().map(|range| range.end - range.start).max().unwrap_or(0);
                prop_assert!(request.end - request.start <= longest.max(LONGEST_JOINED));
            }
            for pair in plan.requests.windows(2) {
                prop_assert!(!joins(&pair[0], &pair[1], gap * scale), "{pair:?}");
            }
            prop_assert!(plan.requests.len() <= wanted.len());
        }
    }
}
