//! Lookup of tensors by name, in a hash table of entry indices.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// Entry indices that can be looked up by name.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    slots: Box<[u32]>,
    /// If false, sorted by name instead.
    hashed: bool,
}

/// A free slot. There are always fewer entries than this.
const FREE: u32 = u32::MAX;

/// An entry and a later one with the same name.
pub(crate) type Duplicate = (u32, u32);

impl Names {
    /// Indexes `count` entries. Of several entries with the same name, the last
    /// one is indexed, and all are returned as duplicates.
    ///
    /// With names crafted to collide, a hash table would take quadratic time.
    /// Once a budget of steps is exceeded, the names are sorted instead.
    pub(crate) fn build<'n>(
        count: usize,
        hash_of: impl Fn(u32) -> u32,
        name_of: impl Fn(u32) -> &'n str,
    ) -> (Names, Vec<Duplicate>) {
        Self::hash(count, &hash_of, &name_of).unwrap_or_else(|| Self::sort(count, &name_of))
    }

    fn hash<'n>(
        count: usize,
        hash_of: &impl Fn(u32) -> u32,
        name_of: &impl Fn(u32) -> &'n str,
    ) -> Option<(Names, Vec<Duplicate>)> {
        let mut slots = vec![FREE; (count * 2).next_power_of_two()].into_boxed_slice();
        let mask = slots.len() - 1;
        let mut duplicates = Vec::new();
        let mut budget = 64 + 8 * count;
        for entry in 0..u32::try_from(count).ok()? {
            let hash = hash_of(entry);
            let mut at = hash as usize & mask;
            loop {
                let other = slots[at];
                if other == FREE {
                    break;
                }
                if hash_of(other) == hash && name_of(other) == name_of(entry) {
                    duplicates.push((other, entry));
                    break;
                }
                budget = budget.checked_sub(1)?;
                at = (at + 1) & mask;
            }
            slots[at] = entry;
        }
        let names = Names {
            slots,
            hashed: true,
        };
        Some((names, duplicates))
    }

    fn sort<'n>(count: usize, name_of: &impl Fn(u32) -> &'n str) -> (Names, Vec<Duplicate>) {
        let mut sorted = sorted(count, name_of);
        let mut duplicates = Vec::new();
        sorted.dedup_by(|later, kept| {
            let same = name_of(*later) == name_of(*kept);
            if same {
                duplicates.push((*kept, *later));
                *kept = *later;
            }
            same
        });
        let names = Names {
            slots: sorted.into_boxed_slice(),
            hashed: false,
        };
        (names, duplicates)
    }

    #[inline]
    pub(crate) fn find<'n>(
        &self,
        name: &str,
        hash_of: impl Fn(u32) -> u32,
        name_of: impl Fn(u32) -> &'n str,
    ) -> Option<u32> {
        if !self.hashed {
            let at = self
                .slots
                .binary_search_by(|&entry| name_of(entry).cmp(name));
            return self.slots.get(at.ok()?).copied();
        }
        let hash = hash_name(name.as_bytes());
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let entry = self.slots[at];
            if entry == FREE {
                return None;
            }
            if hash_of(entry) == hash && name_of(entry) == name {
                return Some(entry);
            }
            at = (at + 1) & mask;
        }
    }
}

/// Returns the numbers below `count` sorted by name, and equal names in
/// ascending order.
pub(crate) fn sorted<'n>(count: usize, name_of: &impl Fn(u32) -> &'n str) -> Vec<u32> {
    let mut sorted: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    sorted.sort_unstable_by(|&a, &b| name_of(a).cmp(name_of(b)).then(a.cmp(&b)));
    sorted
}

/// Hashes a name: its words are folded by multiplication.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn hash_name(name: &[u8]) -> u32 {
    const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
    const FACTOR: u64 = 0xa076_1d64_78bd_642f;
    let fold = |a: u64| {
        let product = u128::from(a) * u128::from(FACTOR);
        product as u64 ^ (product >> 64) as u64
    };
    let mut hash = SEED ^ name.len() as u64;
    let (words, tail) = name.as_chunks::<8>();
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    if let Some(overlapping) = name.last_chunk::<8>() {
        last = *overlapping;
    } else {
        last[..tail.len()].copy_from_slice(tail);
    }
    hash = fold(hash ^ u64::from_le_bytes(last));
    (hash ^ hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;

    fn find(names: &Names, all: &[String], hash: impl Fn(&str) -> u32, name: &str) -> Option<u32> {
        names.find(
            name,
            |entry| hash(&all[entry as usize]),
            |entry| &all[entry as usize],
        )
    }

    fn check(all: &[String], hash: impl Fn(&str) -> u32, hashed: bool) {
        let (names, duplicates) = Names::build(
            all.len(),
            |entry| hash(&all[entry as usize]),
            |entry| &all[entry as usize],
        );
        assert_eq!(names.hashed, hashed);
        assert_eq!(duplicates, [(0, 4)]);
        for (entry, name) in all.iter().enumerate().skip(1) {
            assert_eq!(
                find(&names, all, &hash, name),
                Some(u32::try_from(entry).unwrap())
            );
        }
        assert_eq!(find(&names, all, &hash, "other"), None);
    }

    fn many() -> Vec<String> {
        let mut all: Vec<String> = (0..1000).map(|i| format!("layer.{i}.weight")).collect();
        all[4] = all[0].clone();
        all
    }

    #[test]
    fn names_are_found_and_the_last_of_two_counts() {
        check(&many(), |name| hash_name(name.as_bytes()), true);
    }

    #[test]
    fn names_that_all_collide_are_sorted_instead() {
        check(&many(), |_| 7, false);
    }

    #[test]
    fn hashes_of_similar_names_differ_in_their_low_bits() {
        let mut low: Vec<u32> = (0..4096)
            .map(|i| {
                hash_name(format!("model.layers.{i}.mlp.down_proj.weight").as_bytes()) & 0xffff
            })
            .collect();
        low.sort_unstable();
        low.dedup();
        // 4096 balls thrown into 65536 bins hit about 3970.
        assert!(low.len() > 3900, "{}", low.len());
    }
}
