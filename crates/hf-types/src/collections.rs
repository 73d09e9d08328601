//! Collections.

use hf_macros::Dataclass;
use serde_json::Value;

use crate::common::{default_endpoint, plain_text};
use crate::{CollectionOwner, CollectionSlug, Extra, Timestamp, ValidationError, WithEndpoint};

/// A collection of models, datasets, Spaces, papers, buckets and other collections.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[dataclass(computed(url))]
#[non_exhaustive]
pub struct Collection {
    /// The slug: `namespace/title-id`.
    pub slug: String,
    /// The title.
    pub title: String,
    /// The account that owns it.
    pub owner: CollectionOwner,
    /// The items; lists of collections contain the first few.
    #[dataclass(default)]
    pub items: Vec<CollectionItem>,
    /// When it last changed.
    pub last_updated: Option<Timestamp>,
    /// The position among the collections of its owner; in a list, the position in the list.
    pub position: Option<u64>,
    /// Whether it is private.
    pub private: Option<bool>,
    /// The colour of its page.
    pub theme: Option<String>,
    /// Number of upvotes.
    #[dataclass(default)]
    pub upvotes: u64,
    /// The description.
    #[dataclass(decode = plain_text)]
    pub description: Option<String>,
    /// The endpoint of the Hub.
    #[dataclass(default = default_endpoint())]
    pub endpoint: String,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl Collection {
    /// Returns the URL of its page.
    pub fn url(&self) -> String {
        format!("{}/collections/{}", self.endpoint, self.slug)
    }

    /// Returns the name of the user or organization that owns it.
    pub fn owner_name(&self) -> Option<&str> {
        self.owner.name()
    }

    /// Returns the slug as a validated [`CollectionSlug`].
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
    /// The id within the collection, which calls that change the item take.
    #[dataclass(wire = "_id")]
    pub item_object_id: String,
    /// The id of the repository, bucket or paper, or the slug of the collection.
    #[dataclass(wire = "id")]
    pub item_id: String,
    /// The type.
    #[dataclass(wire = "type")]
    pub item_type: CollectionItemType,
    /// The position in the collection.
    pub position: Option<u64>,
    /// The note of the owner.
    #[dataclass(decode = plain_text)]
    pub note: Option<String>,
    /// The other members that the Hub sent.
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
    /// The type of an item of a collection.
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
