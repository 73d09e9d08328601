//! Collections of repositories and papers.

use futures_util::StreamExt;
use hf_types::{Collection, CollectionSlug, CollectionSort, Param, WithEndpoint};
use serde_json::{Map, json};

use super::support::{endpoint, has_status, is_there_already, member, my_name, put};
use crate::call::{Context, OneOrMany, Operation, SingleRequest, Streaming};
use crate::{BufferedResponse, Call, Error, HfApi, ItemStream, Request, Result};

/// Returns a collection with all its items.
///
/// `GET /api/collections/{collection_slug}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let found = api.get_collection("user/title-64f9a55bb3115b4f513ec026").await?;
/// for item in &found.items {
///     println!("{} {}", item.item_type, item.item_id);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if the collection does not exist or is private.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Collection)]
pub struct GetCollectionCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
}

impl SingleRequest for GetCollectionCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(collection(&self.collection_slug)?))
    }

    fn decode(&self, response: BufferedResponse, api: &HfApi) -> Result<Collection> {
        Ok(response.json::<Collection>()?.with_endpoint(&endpoint(api)))
    }
}

/// Lists collections, each with its first few items.
/// [`get_collection`](HfApi::get_collection) returns all items of one.
///
/// `GET /api/collections`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let collections = api.list_collections().owner("google").sort("upvotes").limit(5).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` for an unknown `sort`.
#[derive(Debug, Clone, Call)]
#[call(kind = stream, item = Collection)]
pub struct ListCollectionsCall {
    #[call(context)]
    ctx: Context,
    /// The users or organizations that own the collections.
    owner: Option<OneOrMany<String>>,
    /// The items of which one must be in the collection: `models/user/name`,
    /// `papers/2311.12983`, ...
    item: Option<OneOrMany<String>>,
    /// The sort key: `lastModified`, `trending` or `upvotes`.
    sort: Option<CollectionSort>,
    /// The maximum number of collections. By default, all.
    limit: Option<u64>,
}

impl Streaming for ListCollectionsCall {
    fn run(self, api: HfApi) -> ItemStream<Collection> {
        let mut request = Request::get("/api/collections").operation("list_collections");
        request = request.query_all(
            "owner",
            self.owner
                .as_ref()
                .map(OneOrMany::as_slice)
                .unwrap_or_default(),
        );
        request = request
            .query_all(
                "item",
                self.item
                    .as_ref()
                    .map(OneOrMany::as_slice)
                    .unwrap_or_default(),
            )
            .query_some("sort", self.sort.as_ref())
            .query_some("limit", self.limit);
        // Pages beyond the limit are not requested.
        let mut found = api.client().pages::<Collection>(api.apply(request));
        if let Some(limit) = self.limit {
            found = found.limit(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        let endpoint = endpoint(&api);
        found
            .enumerate()
            .map(move |(at, found)| Ok(numbered(found?, at as u64).with_endpoint(&endpoint)))
            .boxed()
    }
}

/// Numbers the collections of a list by their order, as the Hub does not.
fn numbered(mut found: Collection, at: u64) -> Collection {
    found.position.get_or_insert(at);
    found
}

/// Creates a collection.
///
/// `POST /api/collections`, after [`whoami`](HfApi::whoami) if no namespace is
/// given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let made = api.create_collection("Small models").private(true).await?;
/// api.add_collection_item(&made.slug, "gpt2", "model").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if a collection of this title exists, unless `exists_ok`;
/// `Forbidden` for a namespace without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Collection)]
pub struct CreateCollectionCall {
    #[call(context)]
    ctx: Context,
    /// The title.
    #[call(arg)]
    title: String,
    /// The user or organization that will own it. By default, the token's user.
    namespace: Option<String>,
    /// The description.
    description: Option<String>,
    /// Whether the collection is private.
    private: bool,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// Whether to return the existing collection of this title.
    exists_ok: bool,
}

impl Operation for CreateCollectionCall {
    async fn run(self, api: HfApi) -> Result<Collection> {
        let namespace = match self.namespace {
            Some(namespace) => namespace,
            None => my_name(&api).await?,
        };
        let mut body = Map::new();
        body.insert("title".to_owned(), self.title.into());
        body.insert("namespace".to_owned(), namespace.into());
        body.insert("private".to_owned(), self.private.into());
        put(&mut body, "description", self.description);
        put(&mut body, "resourceGroupId", self.resource_group_id);
        let request = Request::post("/api/collections")
            .json(&body)
            .operation("create_collection");
        match api.fetch_json::<Collection>(request).await {
            Ok(made) => Ok(made.with_endpoint(&endpoint(&api))),
            Err(error) if self.exists_ok && is_there_already(&error) => {
                match member::<String>(error.body(), "slug") {
                    Ok(slug) => api.get_collection(slug).await,
                    // The server does not say which one it is.
                    Err(_) => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// Changes the title, the description and other metadata of a collection.
///
/// What is not set stays.
///
/// `PATCH /api/collections/{collection_slug}`. A new title changes the slug;
/// the old slug redirects to it.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let slug = "user/title-64f9a55bb3115b4f513ec026";
/// api.update_collection_metadata(slug).title("Small models").position(0).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if the collection does not exist; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Collection)]
pub struct UpdateCollectionMetadataCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The title.
    title: Option<String>,
    /// The description.
    description: Option<String>,
    /// The position among the collections of its owner.
    position: Option<i64>,
    /// Whether the collection is private.
    private: Option<bool>,
    /// The colour of its page.
    theme: Option<String>,
}

impl SingleRequest for UpdateCollectionMetadataCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let mut body = Map::new();
        put(&mut body, "position", self.position);
        put(&mut body, "private", self.private);
        put(&mut body, "theme", self.theme.clone());
        put(&mut body, "title", self.title.clone());
        put(&mut body, "description", self.description.clone());
        Ok(Request::patch(collection(&self.collection_slug)?).json(&body))
    }

    fn decode(&self, response: BufferedResponse, api: &HfApi) -> Result<Collection> {
        let changed: Collection = member(response.body(), "data")?;
        Ok(changed.with_endpoint(&endpoint(api)))
    }
}

/// Moves a collection into a resource group of an Enterprise organization, or
/// out of its group.
///
/// `POST /api/collections/{collection_slug}/resource-group`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let slug = "org/title-64f9a55bb3115b4f513ec026";
/// let group = "66670e5163145ca562cb1988".to_owned();
/// api.update_collection_resource_group(slug, Some(group)).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if the collection does not exist; `Forbidden` without write
/// access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct UpdateCollectionResourceGroupCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `org/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// The resource group; `None` moves the collection out of its group.
    #[call(arg)]
    resource_group_id: Option<String>,
}

impl SingleRequest for UpdateCollectionResourceGroupCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let target = collection(&self.collection_slug)?;
        Ok(Request::post(format!("{target}/resource-group"))
            .json(&json!({"resourceGroupId": self.resource_group_id})))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Deletes a collection.
///
/// This cannot be undone; its items stay.
///
/// `DELETE /api/collections/{collection_slug}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let slug = "user/title-64f9a55bb3115b4f513ec026";
/// api.delete_collection(slug).missing_ok(true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if the collection does not exist, unless `missing_ok`;
/// `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteCollectionCall {
    #[call(context)]
    ctx: Context,
    /// The slug: `user/title-64f9a55bb3115b4f513ec026`.
    #[call(arg)]
    collection_slug: Param<CollectionSlug>,
    /// Whether to succeed if the collection does not exist.
    missing_ok: bool,
}

impl SingleRequest for DeleteCollectionCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::delete(collection(&self.collection_slug)?).idempotent(self.missing_ok))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<()> {
        missing(error, self.missing_ok)
    }
}

/// `/api/collections/user/title-id`.
pub(super) fn collection(slug: &Param<CollectionSlug>) -> Result<String> {
    let slug = slug.value().map_err(Clone::clone)?;
    Ok(format!(
        "/api/collections/{}",
        hf_transport::path::file(slug.as_str())
    ))
}

/// Succeeds if the item to delete is missing and may be.
pub(super) fn missing(error: Error, missing_ok: bool) -> Result<()> {
    if missing_ok && has_status(&error, 404) {
        Ok(())
    } else {
        Err(error)
    }
}

/// # Collections
impl HfApi {
    get_collection!();
    list_collections!();
    create_collection!();
    update_collection_metadata!();
    update_collection_resource_group!();
    delete_collection!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_of_a_list_have_the_place_they_came_in() {
        let mut found: Collection = serde_json::from_value(json!({
            "slug": "u/t-64f9a55bb3115b4f513ec026", "title": "t", "items": [],
            "lastUpdated": "2026-09-01T10:00:00.000Z", "private": false,
            "theme": "green", "upvotes": 3, "owner": {"name": "u"},
        }))
        .unwrap();
        assert_eq!(numbered(found.clone(), 4).position, Some(4));
        found.position = Some(9);
        assert_eq!(numbered(found, 4).position, Some(9));
    }

    #[test]
    fn slugs_have_a_namespace() {
        assert_eq!(
            collection(&"u/t-64f9a55bb3115b4f513ec026".into()).unwrap(),
            "/api/collections/u/t-64f9a55bb3115b4f513ec026"
        );
        assert!(collection(&"t-64f9a55bb3115b4f513ec026".into()).is_err());
        assert!(collection(&"../x".into()).is_err());
    }
}
