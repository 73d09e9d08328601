//! Parquet files and leaderboards of datasets.

use hf_macros::Dataclass;
use serde_core::de::{Deserialize, Deserializer, Error};
use serde_core::ser::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

use crate::{Extra, Organization, User};

/// A Parquet file that a dataset is converted to.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct DatasetParquetEntry {
    /// The configuration it belongs to.
    pub config: String,
    /// The split it belongs to.
    pub split: String,
    /// The location.
    pub url: String,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A place on the leaderboard of a benchmark.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct DatasetLeaderboardEntry {
    /// The rank, from 1.
    pub rank: Option<u64>,
    /// The model.
    pub model_id: String,
    /// Its score.
    pub value: Option<Number>,
    /// The file that holds the result.
    pub filename: String,
    /// Whether the result was verified.
    pub verified: Option<bool>,
    /// The source of the result, as it was sent.
    pub source: Option<Value>,
    /// The owner of the model.
    pub author: Option<LeaderboardAuthor>,
    /// The number of the pull request that brought the result.
    pub pull_request: Option<u64>,
    /// Remarks on how it was run.
    pub notes: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// The author of a model on a leaderboard.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeaderboardAuthor {
    /// A user.
    User(Box<User>),
    /// An organization.
    Organization(Box<Organization>),
}

impl LeaderboardAuthor {
    /// Returns the name on the Hub.
    pub fn name(&self) -> &str {
        match self {
            Self::User(user) => &user.username,
            Self::Organization(org) => &org.name,
        }
    }
}

impl Serialize for LeaderboardAuthor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::User(user) => user.serialize(serializer),
            Self::Organization(org) => org.serialize(serializer),
        }
    }
}

/// The Hub says what it is in `type`, and calls a user's name `name` here.
impl<'de> Deserialize<'de> for LeaderboardAuthor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut author = Map::<String, Value>::deserialize(deserializer)?;
        if author.get("type").and_then(Value::as_str) == Some("org") {
            return Organization::deserialize(Value::Object(author))
                .map(|org| Self::Organization(Box::new(org)))
                .map_err(D::Error::custom);
        }
        if !author.contains_key("username")
            && let Some(name) = author.remove("name")
        {
            author.insert("user".to_owned(), name);
        }
        User::deserialize(Value::Object(author))
            .map(|user| Self::User(Box::new(user)))
            .map_err(D::Error::custom)
    }
}
