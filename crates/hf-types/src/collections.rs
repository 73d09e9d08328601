//! Collections.

use hf_macros::Dataclass;
use serde_json::Value;

use crate::common::{default_endpoint, plain_text};
use crate::{CollectionSlug, Extra, Timestamp, ValidationError, WithEndpoint};

/// A collection of models, datasets, Spaces, papers, buckets and other collections.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(computed(url))]
#[non_exhaustive]
pub struct Collection {
    /// What names it: `namespace/title-id`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The account it belongs to, as sent: an object. See [`Collection::owner_name`].
    pub owner: Value,
    /// What is in it; lists of collections show the first few.
    #[dataclass(default)]
    pub items: Vec<CollectionItem>,
    /// When it last changed.
    pub last_updated: Option<Timestamp>,
    /// Its place among the owner's collections; in a list, its place in that.
    pub position: Option<u64>,
    /// Whether only its owner sees it.
    pub private: Option<bool>,
    /// Its colour.
    pub theme: Option<String>,
    /// Number of upvotes.
    #[dataclass(default)]
    pub upvotes: u64,
    /// Its description.
    #[dataclass(decode = plain_text)]
    pub description: Option<String>,
    /// The Hub it is on.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// What else the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl Collection {
    /// Its page.
    pub fn url(&self) -> String {
        format!("{}/collections/{}", self.endpoint, self.slug)
    }

    /// The name of the user or organization it belongs to.
    pub fn owner_name(&self) -> Option<&str> {
        self.owner
            .as_str()
            .or_else(|| self.owner.get("name")?.as_str())
    }

    /// The slug, checked.
    pub fn collection_slug(&self) -> Result<CollectionSlug, ValidationError> {
        self.slug.parse()
    }
}

impl WithEndpoint for Collection {
    fn set_endpoint(&mut self, endpoint: &str) {
        endpoint.clone_into(&mut self.endpoint);
    }
}

/// Something in a collection.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(after = slug_of_collections)]
#[non_exhaustive]
pub struct CollectionItem {
    /// What names it within the collection; calls that change it take this.
    #[dataclass(wire = "_id")]
    pub item_object_id: String,
    /// The id of the repository, bucket or paper, or the slug of the collection.
    #[dataclass(wire = "id")]
    pub item_id: String,
    /// What it is.
    #[dataclass(wire = "type")]
    pub item_type: CollectionItemType,
    /// Its place in the collection.
    pub position: Option<u64>,
    /// The owner's note on it.
    #[dataclass(decode = plain_text)]
    pub note: Option<String>,
    /// What else the Hub sent about it.
    #[dataclass(extra)]
    pub extra: Extra,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape that the derive calls")]
fn slug_of_collections(item: &mut CollectionItem) -> Result<(), String> {
    if let Some(Value::String(slug)) = item.extra.get("slug") {
        slug.clone_into(&mut item.item_id);
    }
    Ok(())
}

open_enum! {
    /// What can be in a collection.
    pub enum CollectionItemType {
        /// A model.
        Model = "model",
        /// A dataset.
        Dataset = "dataset",
        /// A Space.
        Space = "space",
        /// A paper.
        Paper = "paper",
        /// Another collection.
        Collection = "collection",
        /// A bucket.
        Bucket = "bucket",
    }
}
