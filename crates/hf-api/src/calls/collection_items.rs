//! Items of collections.

use hf_transport::path;
use hf_types::{Collection, CollectionItemType, CollectionSlug, Param, WithEndpoint};
use serde_json::{Map, json};

use super::collections::{collection, missing};
use super::support::{endpoint, is_there_already, put};
use crate::call::{Context, Operation, SingleRequest};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

/// Adds an item to a collection, and returns the collection.
///
/// `POST /api/collections/{collection_slug}/items`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let slug = "user/title-64f9a55bb3115b4f513ec026";
/// api.add_collection_item(slug, "gpt2", "model").note("The first one.").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if the item is in the collection, unless `exists_ok`; `Http`
/// (404) if the item or the collection does not exist; `Forbidden` without
/// write access.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Collection)]
pub struct AddCollectionItemCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The id of the repository or paper, or the slug of the collection.
    #[call(arg)]
    item_id: String,
    /// The type: `model`, `dataset`, `space`, `paper`, `collection` or
    /// `bucket`.
    #[call(arg)]
    item_type: CollectionItemType,
    /// The note beside the item, at most 500 characters.
    note: Option<String>,
    /// Whether to succeed if the item is in the collection.
    exists_ok: bool,
}

impl Operation for AddCollectionItemCall {
    async fn run(self, api: HfApi) -> Result<Collection> {
        let mut body = Map::new();
        body.insert(
            "item".to_owned(),
            json!({"id": self.item_id, "type": self.item_type}),
        );
        put(&mut body, "note", self.note);
        let request = Request::post(format!("{}/items", collection(&self.collection_slug)?))
            .json(&body)
            .operation("add_collection_item");
        match api.fetch_json::<Collection>(request).await {
            Ok(changed) => Ok(changed.with_endpoint(&endpoint(&api))),
            Err(error) if self.exists_ok && is_there_already(&error) => {
                api.get_collection(self.collection_slug).await
            }
            Err(error) => Err(error),
        }
    }
}

/// Changes the note or the position of an item in a collection.
///
/// `PATCH /api/collections/{collection_slug}/items/{item_object_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let found = api.get_collection("user/title-64f9a55bb3115b4f513ec026").await?;
/// if let Some(last) = found.items.last() {
///     api.update_collection_item(&found.slug, &last.item_object_id).position(0).await?;
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if the item or the collection does not exist; `Forbidden`
/// without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct UpdateCollectionItemCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The id of the item within the collection (`item_object_id`), not that of
    /// the repository.
    #[call(arg)]
    item_object_id: String,
    /// The note beside the item, at most 500 characters.
    note: Option<String>,
    /// The position in the collection, from 0.
    position: Option<i64>,
}

impl SingleRequest for UpdateCollectionItemCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let mut body = Map::new();
        put(&mut body, "position", self.position);
        put(&mut body, "note", self.note.clone());
        Ok(Request::patch(item(&self.collection_slug, &self.item_object_id)?).json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Removes an item from a collection.
///
/// `DELETE /api/collections/{collection_slug}/items/{item_object_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let found = api.get_collection("user/title-64f9a55bb3115b4f513ec026").await?;
/// for item in found.items.iter().filter(|item| item.item_id == "gpt2") {
///     api.delete_collection_item(&found.slug, &item.item_object_id).await?;
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if the item is not in the collection, unless `missing_ok`;
/// `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteCollectionItemCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The id of the item within the collection (`item_object_id`), not that of
    /// the repository.
    #[call(arg)]
    item_object_id: String,
    /// Whether to succeed if the item is not in the collection.
    missing_ok: bool,
}

impl SingleRequest for DeleteCollectionItemCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = item(&self.collection_slug, &self.item_object_id)?;
        Ok(Request::delete(target).idempotent(self.missing_ok))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<()> {
        missing(error, self.missing_ok)
    }
}

fn item(slug: &Param<CollectionSlug>, item_object_id: &str) -> Result<String> {
    if item_object_id.is_empty() {
        return Err(Error::validation("`item_object_id` is empty"));
    }
    Ok(format!(
        "{}/items/{}",
        collection(slug)?,
        path::segment(item_object_id)
    ))
}

/// # Items of collections
impl HfApi {
    add_collection_item!();
    update_collection_item!();
    delete_collection_item!();
}
