//! Items of collections.

use hf_transport::path;
use hf_types::{Collection, CollectionItemType, CollectionSlug, Param, WithEndpoint};
use serde_json::{Map, json};

use super::collections::{collection, missing};
use super::support::{endpoint, has_status, put};
use crate::call::{Context, Endpoint, Operation};
use crate::{BufferedResponse, Call, Error, HfApi, Request, Result};

/// Adds an item to a collection; the result is the collection.
///
/// `POST /api/collections/{collection_slug}/items`.
///
/// # Errors
/// `Conflict` if it is in there, unless `exists_ok`; `Http` (404) if item or
/// collection are not there; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Collection)]
pub struct AddCollectionItemCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The repository, the slug of a collection, or the id of a paper.
    #[call(arg)]
    item_id: String,
    /// `model`, `dataset`, `space`, `paper`, `collection` or `bucket`.
    #[call(arg)]
    item_type: CollectionItemType,
    /// A note beside it, of at most 500 characters.
    note: Option<String>,
    /// Whether it is no error if the item is in there.
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
            Err(error) if self.exists_ok && has_status(&error, 409) => {
                api.get_collection(self.collection_slug).await
            }
            Err(error) => Err(error),
        }
    }
}

/// Changes the note or the place of an item.
///
/// `PATCH /api/collections/{collection_slug}/items/{item_object_id}`.
///
/// # Errors
/// `Http` (404) if item or collection are not there; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct UpdateCollectionItemCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The item's id within the collection (`item_object_id`), not that of the
    /// repository.
    #[call(arg)]
    item_object_id: String,
    /// A note beside it, of at most 500 characters.
    note: Option<String>,
    /// Its place in the collection.
    position: Option<i64>,
}

impl Endpoint for UpdateCollectionItemCall {
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

/// Takes an item out of a collection.
///
/// `DELETE /api/collections/{collection_slug}/items/{item_object_id}`.
///
/// # Errors
/// `Http` (404) if it is not in there, unless `missing_ok`; `Forbidden`
/// without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteCollectionItemCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The item's id within the collection (`item_object_id`), not that of the
    /// repository.
    #[call(arg)]
    item_object_id: String,
    /// Whether it is no error if it is not in there.
    missing_ok: bool,
}

impl Endpoint for DeleteCollectionItemCall {
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
