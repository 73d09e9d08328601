//! Asks the file system about many paths on several threads: the kernel's walks along the paths are what takes the
//! time, and they do not wait for each other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// More threads would wait for the locks of the file system.
const MOST_THREADS: usize = 8;

/// How many files a thread looks for at a time.
pub(crate) const FILES: usize = 128;

/// Returns the result of `work` for each item, in their order. Threads take `block` items at a time: as many as take
/// longer than the start of a thread. Where no thread can be started, the caller's does all.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    block: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let block = block.max(1);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(MOST_THREADS).min(items.len().div_ceil(block));
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len().div_ceil(block)));
    let take_blocks = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = items.chunks(block).nth(index) else {
                return;
            };
            let results: Vec<R> = items.iter().map(&work).collect();
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((index, results));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            if thread::Builder::new()
                .spawn_scoped(scope, take_blocks)
                .is_err()
            {
                break;
            }
        }
        take_blocks();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_item_is_worked_on_once_and_results_keep_its_place(
            items in prop::collection::vec(any::<u32>(), 0..500),
            block in 0..70_usize,
        ) {
            let calls = AtomicUsize::new(0);
            let found = map(&items, block, |item| {
                calls.fetch_add(1, Ordering::Relaxed);
                u64::from(*item) + 1
            });
            let expected: Vec<u64> = items.iter().map(|item| u64::from(*item) + 1).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(calls.into_inner(), items.len());
        }
    }
}
