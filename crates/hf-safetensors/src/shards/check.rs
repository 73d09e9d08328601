//! Checks an index against the headers of its shards.

use core::fmt;

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::ShardIndex;
use crate::Header;

/// A disagreement between an index and the headers of its shards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The header of a shard is missing.
    MissingShard {
        /// The shard.
        shard: String,
    },
    /// A tensor of the index is in none of the shards.
    MissingTensor {
        /// The tensor.
        tensor: String,
        /// The shard according to the index.
        shard: String,
    },
    /// A tensor is in a shard other than the one in the index.
    WrongShard {
        /// The tensor.
        tensor: String,
        /// The shard according to the index.
        shard: String,
        /// The shard that contains it.
        found: String,
    },
    /// A tensor is in the shard in the index, and in another one as well.
    StoredTwice {
        /// The tensor.
        tensor: String,
        /// The shard according to the index.
        shard: String,
        /// The other shard.
        found: String,
    },
    /// A tensor of a shard is not in the index.
    ExtraTensor {
        /// The tensor.
        tensor: String,
        /// The shard that contains it.
        shard: String,
    },
    /// The `total_size` in the index is not the size of the tensors.
    TotalSize {
        /// The size in bytes according to the index.
        index: u64,
        /// The size of the data in the shards in bytes.
        shards: u64,
    },
}

impl Problem {
    /// Returns whether a tensor cannot be found through the index. The other
    /// problems leave everything readable, and occur in files in common use.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Problem::MissingShard { .. }
                | Problem::MissingTensor { .. }
                | Problem::WrongShard { .. }
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::MissingShard { shard } => write!(f, "shard {shard:?} is missing"),
            Problem::MissingTensor { tensor, shard } => {
                write!(
                    f,
                    "tensor {tensor:?} is not in {shard:?}, nor in another shard"
                )
            }
            Problem::WrongShard {
                tensor,
                shard,
                found,
            } => write!(f, "tensor {tensor:?} is in {found:?}, not in {shard:?}"),
            Problem::StoredTwice {
                tensor,
                shard,
                found,
            } => write!(f, "tensor {tensor:?} is in {shard:?} and also in {found:?}"),
            Problem::ExtraTensor { tensor, shard } => {
                write!(f, "tensor {tensor:?} of {shard:?} is not in the index")
            }
            Problem::TotalSize { index, shards } => {
                write!(
                    f,
                    "total_size is {index}, but the shards hold {shards} bytes"
                )
            }
        }
    }
}

impl ShardIndex {
    /// Compares the index with headers of its shards, each given with the name
    /// of its file. Returns an empty list if they agree.
    pub fn check<'a, 'h: 'a>(
        &self,
        headers: impl IntoIterator<Item = (&'a str, &'a Header<'h>)>,
    ) -> Vec<Problem> {
        let mut given: Vec<(&str, &Header<'_>)> = headers.into_iter().collect();
        given.sort_by_key(|(name, _)| *name);
        let header_of = |shard: &str| {
            let at = given.binary_search_by_key(&shard, |(name, _)| *name).ok()?;
            given.get(at).map(|(_, header)| *header)
        };
        let mut problems = Vec::new();
        for shard in self.shards() {
            if header_of(shard.as_str()).is_none() {
                let shard = shard.to_string();
                problems.push(Problem::MissingShard { shard });
            }
        }
        for (tensor, shard) in self.weight_map() {
            let found = header_of(shard.as_str());
            if found.is_none_or(|header| header.tensor(tensor).is_some()) {
                continue;
            }
            let (tensor, shard) = (tensor.to_string(), shard.to_string());
            let elsewhere = given
                .iter()
                .find(|(_, header)| header.tensor(&tensor).is_some());
            problems.push(match elsewhere {
                Some((found, _)) => Problem::WrongShard {
                    tensor,
                    shard,
                    found: (*found).into(),
                },
                None => Problem::MissingTensor { tensor, shard },
            });
        }
        for (name, header) in &given {
            for tensor in header.tensors().map(|tensor| tensor.name()) {
                self.check_stored(tensor, name, header_of, &mut problems);
            }
        }
        let complete = self
            .shards()
            .iter()
            .all(|shard| header_of(shard.as_str()).is_some());
        let shards = given.iter().fold(0u64, |sum, (_, header)| {
            sum.saturating_add(header.data_len())
        });
        match self.total_size() {
            Some(index) if complete && index != shards => {
                problems.push(Problem::TotalSize { index, shards });
            }
            _ => {}
        }
        problems
    }

    /// Checks a tensor that is in the shard `name`.
    fn check_stored<'a, 'h: 'a>(
        &self,
        tensor: &str,
        name: &str,
        header_of: impl Fn(&str) -> Option<&'a Header<'h>>,
        problems: &mut Vec<Problem>,
    ) {
        match self.shard_of(tensor) {
            Some(shard) if shard.as_str() == name => {}
            Some(shard) => {
                let there = header_of(shard.as_str());
                if there.is_some_and(|header| header.tensor(tensor).is_some()) {
                    problems.push(Problem::StoredTwice {
                        tensor: tensor.into(),
                        shard: shard.to_string(),
                        found: name.into(),
                    });
                }
            }
            None => problems.push(Problem::ExtraTensor {
                tensor: tensor.into(),
                shard: name.into(),
            }),
        }
    }
}
