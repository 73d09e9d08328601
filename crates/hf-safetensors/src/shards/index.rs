//! The index of a sharded checkpoint.

use core::fmt;

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::name::ShardName;
use crate::Options;
use crate::error::{Error, Result};
use crate::rule::Rule;

/// A `model.safetensors.index.json`, which maps each tensor to its shard.
///
/// ```
/// use hf_safetensors::Options;
///
/// let index = Options::strict().parse_index(br#"{
///     "metadata": {"total_size": 24},
///     "weight_map": {"a": "1.safetensors", "b": "2.safetensors"}
/// }"#)?;
/// assert_eq!(index.shard_of("b").unwrap().as_str(), "2.safetensors");
/// assert_eq!(index.total_size(), Some(24));
/// # Ok::<(), hf_safetensors::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ShardIndex {
    metadata: Option<Map<String, Value>>,
    /// Sorted by name, each with the index of its shard.
    weights: Vec<(String, u32)>,
    /// Sorted by name.
    shards: Vec<ShardName>,
}

#[derive(Deserialize)]
struct Parsed<'j> {
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    #[serde(borrow)]
    weight_map: Pairs<'j>,
}

/// A map of strings with all its entries, including those with the same key.
struct Pairs<'j>(Vec<(Cow<'j, str>, Cow<'j, str>)>);

#[derive(Deserialize)]
struct Borrowed<'j>(#[serde(borrow)] Cow<'j, str>);

impl<'de: 'j, 'j> Deserialize<'de> for Pairs<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;

        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from names of tensors to names of files")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Borrowed(key), Borrowed(value))) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(PairsVisitor)
    }
}

impl Options {
    /// Parses an index. In strict mode, a tensor must not occur twice; in
    /// compatible mode, its last occurrence counts. The names of shards are
    /// checked in both modes, and a leading `./` is removed.
    ///
    /// # Errors
    ///
    /// Returns [`Rule::Index`], [`Rule::DuplicateTensor`] or
    /// [`Rule::ShardName`].
    pub fn parse_index(&self, json: &[u8]) -> Result<ShardIndex> {
        let parsed: Parsed<'_> = serde_json::from_slice(json).map_err(|error| {
            let reason = error.to_string();
            Error::new(Rule::Index { reason })
        })?;
        let mut pairs = parsed.weight_map.0;
        for (_, shard) in &mut pairs {
            if let Some(plain) = shard.strip_prefix("./") {
                // Some writers use shell notation; `./x` and `x` are the same
                // file.
                *shard = Cow::Owned(plain.trim_start_matches("./").into());
            }
        }
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        if self.is_strict() {
            let twice = pairs.windows(2).find(|pair| pair[0].0 == pair[1].0);
            if let Some(pair) = twice {
                return Err(Error::new(Rule::DuplicateTensor).of(&pair[0].0));
            }
        } else {
            pairs.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 = core::mem::take(&mut later.1);
                }
                same
            });
        }
        let mut names: Vec<&str> = pairs.iter().map(|(_, shard)| &**shard).collect();
        names.sort_unstable();
        names.dedup();
        let shards = names
            .iter()
            .map(|name| ShardName::new(*name))
            .collect::<Result<Vec<_>>>()?;
        let number = |shard: &str| {
            let at = names.binary_search(&shard).unwrap_or_default();
            u32::try_from(at).unwrap_or_default()
        };
        let weights = pairs
            .iter()
            .map(|(name, shard)| (name.to_string(), number(shard)))
            .collect();
        Ok(ShardIndex {
            metadata: parsed.metadata,
            weights,
            shards,
        })
    }
}

impl ShardIndex {
    /// Returns the `metadata` of the index, unchanged.
    pub fn metadata(&self) -> Option<&Map<String, Value>> {
        self.metadata.as_ref()
    }

    /// Returns the total size of the tensors in bytes, if the index contains
    /// it.
    pub fn total_size(&self) -> Option<u64> {
        let size = self.metadata.as_ref()?.get("total_size")?;
        size.as_u64().or_else(|| {
            // Some writers use floats; whole numbers below 2^53 are exact.
            let size = size.as_f64()?;
            let exact = (0.0..9_007_199_254_740_992.0).contains(&size) && size % 1.0 == 0.0;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            exact.then_some(size as u64)
        })
    }

    /// Returns the shards, sorted by name.
    pub fn shards(&self) -> &[ShardName] {
        &self.shards
    }

    /// Iterates over the tensors and their shards, sorted by the name of the
    /// tensor.
    pub fn weight_map(&self) -> impl ExactSizeIterator<Item = (&str, &ShardName)> {
        self.weights
            .iter()
            .map(|(name, shard)| (name.as_str(), &self.shards[*shard as usize]))
    }

    /// Iterates over the tensors and the positions of their shards in `shards`.
    #[cfg(feature = "std")]
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (&str, usize)> {
        self.weights
            .iter()
            .map(|(name, shard)| (name.as_str(), *shard as usize))
    }

    /// Creates the index of a checkpoint in a single file, which has none of
    /// its own.
    #[cfg(feature = "std")]
    pub(crate) fn of_one(shard: ShardName, header: &crate::Header<'_>) -> Self {
        let mut weights: Vec<(String, u32)> = header
            .tensors()
            .map(|tensor| (tensor.name().to_string(), 0))
            .collect();
        weights.sort_unstable();
        weights.dedup();
        ShardIndex {
            metadata: None,
            weights,
            shards: alloc::vec![shard],
        }
    }

    /// Returns the shard that contains a tensor.
    pub fn shard_of(&self, tensor: &str) -> Option<&ShardName> {
        self.shards.get(self.shard_number(tensor)?)
    }

    /// Returns the position of that shard in `shards`.
    pub(crate) fn shard_number(&self, tensor: &str) -> Option<usize> {
        let at = self
            .weights
            .binary_search_by(|(name, _)| name.as_str().cmp(tensor))
            .ok()?;
        Some(self.weights[at].1 as usize)
    }
}
