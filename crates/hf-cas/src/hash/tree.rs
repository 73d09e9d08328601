//! The tree over the chunks of a xorb or a file.

use super::Hash;

/// A group has no more children than this.
const MAX_CHILDREN: usize = 9;

/// From this child on, a group ends after one whose last word is divisible by [`CUT_MODULUS`].
const MIN_CHILDREN: usize = 3;

const CUT_MODULUS: u64 = 4;

/// `"{hash} : {size}\n"` for each child, with a size of up to 20 digits.
const MAX_NODE_TEXT: usize = MAX_CHILDREN * (64 + 3 + 20 + 1);

/// The hash of a xorb or a file, from the hashes and lengths of its chunks.
///
/// The chunks are pushed in their order; the memory needed grows with the logarithm of their number.
///
/// ```
/// use hf_cas::{Hash, HashTree};
/// let chunk = Hash::of_chunk(b"hello");
/// let mut tree = HashTree::new();
/// assert_eq!(tree.file_hash(), Hash::ZERO);
/// tree.push(chunk, 5);
/// assert_eq!(tree.root(), chunk);
/// assert_eq!(tree.file_hash(), chunk.keyed(&Hash::ZERO));
/// ```
#[derive(Debug, Clone, Default)]
pub struct HashTree {
    levels: Vec<Level>,
    len: u64,
}

#[derive(Debug, Clone, Default)]
struct Level {
    /// The nodes of this level so far, those of finished groups included.
    nodes: u64,
    /// The children of the group that is not finished.
    group: Vec<(Hash, u64)>,
}

impl HashTree {
    /// Returns the tree of no chunks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next chunk.
    pub fn push(&mut self, chunk: Hash, length: u64) {
        self.len = self.len.saturating_add(length);
        push(&mut self.levels, 0, (chunk, length));
    }

    /// Returns the sum of the lengths of all chunks.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether no byte has been added.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of chunks.
    pub fn chunks(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.nodes)
    }

    /// Returns the root, which is the hash of a xorb of these chunks; [`Hash::ZERO`] if there are none.
    pub fn root(&self) -> Hash {
        let mut levels = self.levels.clone();
        let mut at = 0;
        while let Some(level) = levels.get_mut(at) {
            if level.nodes == 1 {
                return level.group[0].0;
            }
            let group = std::mem::take(&mut level.group);
            if !group.is_empty() {
                push(&mut levels, at + 1, parent(&group));
            }
            at += 1;
        }
        Hash::ZERO
    }

    /// Returns the hash of a file of these chunks.
    pub fn file_hash(&self) -> Hash {
        if self.levels.is_empty() {
            return Hash::ZERO;
        }
        self.root().keyed(&Hash::ZERO)
    }
}

/// Adds a node to a level, and the groups that it ends to those above.
fn push(levels: &mut Vec<Level>, mut at: usize, mut node: (Hash, u64)) {
    loop {
        if levels.len() == at {
            levels.push(Level::default());
        }
        let level = &mut levels[at];
        level.nodes += 1;
        level.group.push(node);
        let children = level.group.len();
        let ends = children == MAX_CHILDREN
            || children >= MIN_CHILDREN && node.0.last_word().is_multiple_of(CUT_MODULUS);
        if !ends {
            return;
        }
        node = parent(&level.group);
        level.group.clear();
        at += 1;
    }
}

fn parent(children: &[(Hash, u64)]) -> (Hash, u64) {
    let mut text = [0; MAX_NODE_TEXT];
    let mut end = 0;
    let mut sum = 0_u64;
    for (hash, size) in children {
        if let Some(text) = text[end..].first_chunk_mut() {
            hash.write_text(text);
        }
        text[end + 64..end + 67].copy_from_slice(b" : ");
        end = write_decimal(&mut text, end + 67, *size);
        text[end] = b'\n';
        end += 1;
        sum = sum.saturating_add(*size);
    }
    (Hash::of_node(&text[..end]), sum)
}

const DIGITS: &[u8; 10] = b"0123456789";

fn write_decimal(text: &mut [u8], start: usize, number: u64) -> usize {
    let end = start + number.checked_ilog10().unwrap_or(0) as usize + 1;
    let mut rest = number;
    for digit in text[start..end].iter_mut().rev() {
        *digit = DIGITS[(rest % 10) as usize];
        rest /= 10;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_display_writes_them() {
        for number in [0, 1, 9, 10, 99, 100, 65_536, u64::MAX] {
            let mut text = [0; 24];
            let end = write_decimal(&mut text, 2, number);
            assert_eq!(&text[2..end], number.to_string().as_bytes());
        }
    }

    /// The rule, level by level on whole lists, as the published text gives it.
    fn by_lists(leaves: &[(Hash, u64)]) -> Hash {
        let mut nodes = leaves.to_vec();
        while nodes.len() > 1 {
            let mut parents = Vec::new();
            let mut rest = &nodes[..];
            while !rest.is_empty() {
                let mut end = rest.len().min(MAX_CHILDREN);
                if rest.len() > 2 {
                    let cut = (2..end).find(|&i| rest[i].0.last_word().is_multiple_of(4));
                    end = cut.map_or(end, |i| i + 1);
                }
                parents.push(parent(&rest[..end]));
                rest = &rest[end..];
            }
            nodes = parents;
        }
        nodes.first().map_or(Hash::ZERO, |node| node.0)
    }

    #[test]
    fn pushing_one_by_one_gives_the_root_of_the_whole_list() {
        let mut leaves = Vec::new();
        let mut tree = HashTree::new();
        for i in 0..700_u64 {
            assert_eq!(tree.root(), by_lists(&leaves), "{i} leaves");
            assert_eq!(tree.chunks(), i);
            let leaf = (Hash::of_chunk(&i.to_le_bytes()), i * 1000);
            leaves.push(leaf);
            tree.push(leaf.0, leaf.1);
        }
    }
}
