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

/// A `model.safetensors.index.json`: which shard holds which tensor.
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
    /// By name; with the number of the shard.
    weights: Vec<(String, u32)>,
    /// By name.
    shards: Vec<ShardName>,
}

#[derive(Deserialize)]
struct Parsed<'j> {
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    #[serde(borrow)]
    weight_map: Pairs<'j>,
}

/// A map of strings with all its pairs, also those of the same key.
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
    /// Parses an index. In strict mode a tensor occurs once, in compatible
    /// mode its last occurrence counts. Names of shards are checked in both;
    /// `./` before one is dropped.
    ///
    /// # Errors
    ///
    /// [`Rule::Index`], [`Rule::DuplicateTensor`], [`Rule::ShardName`].
    pub fn parse_index(&self, json: &[u8]) -> Result<ShardIndex> {
        let parsed: Parsed<'_> = serde_json::from_slice(json).map_err(|error| {
            let reason = error.to_string();
            Error::new(Rule::Index { reason })
        })?;
        let mut pairs = parsed.weight_map.0;
        for (_, shard) in &mut pairs {
            if let Some(plain) = shard.strip_prefix("./") {
                // Some writers name files as a shell does; `./x` and `x` are one file.
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
    /// `metadata` of the index, as it is.
    pub fn metadata(&self) -> Option<&Map<String, Value>> {
        self.metadata.as_ref()
    }

    /// Bytes of all tensors by the index, where it says so.
    pub fn total_size(&self) -> Option<u64> {
        let size = self.metadata.as_ref()?.get("total_size")?;
        size.as_u64().or_else(|| {
            // Some writers count in floats; whole ones below 2^53 are exact.
            let size = size.as_f64()?;
            let exact = (0.0..9_007_199_254_740_992.0).contains(&size) && size % 1.0 == 0.0;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            exact.then_some(size as u64)
        })
    }

    /// The shards, by name.
    pub fn shards(&self) -> &[ShardName] {
        &self.shards
    }

    /// Tensors and their shards, by name of the tensor.
    pub fn weight_map(&self) -> impl ExactSizeIterator<Item = (&str, &ShardName)> {
        self.weights
            .iter()
            .map(|(name, shard)| (name.as_str(), &self.shards[*shard as usize]))
    }

    /// Tensors, and the places of their shards in `shards`.
    #[cfg(feature = "std")]
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (&str, usize)> {
        self.weights
            .iter()
            .map(|(name, shard)| (name.as_str(), *shard as usize))
    }

    /// The index of a checkpoint in one file, which has none.
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

    /// The shard that holds a tensor.
    pub fn shard_of(&self, tensor: &str) -> Option<&ShardName> {
        self.shards.get(self.shard_number(tensor)?)
    }

    /// Its place in `shards`.
    pub(crate) fn shard_number(&self, tensor: &str) -> Option<usize> {
        let at = self
            .weights
            .binary_search_by(|(name, _)| name.as_str().cmp(tensor))
            .ok()?;
        Some(self.weights[at].1 as usize)
    }
}
