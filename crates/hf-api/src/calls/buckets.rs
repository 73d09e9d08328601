//! Buckets: creating, listing, moving, deleting them.

use hf_transport::path;
use hf_types::{BucketId, BucketInfo, BucketUrl, HfUri, Param, RepoVisibility};
use serde_json::{Map, json};

use super::repos::visibility;
use super::support::{created_id, created_url, is_there_already, my_name, put, put_text};
use crate::call::{Context, Listing, Operation, SingleRequest};
use crate::{BufferedResponse, Call, Error, ErrorKind, HfApi, Request, Result};

/// Returns the id that the call was given.
pub(super) fn bucket(bucket_id: &Param<BucketId>) -> Result<&BucketId> {
    Ok(bucket_id.value().map_err(Clone::clone)?)
}

/// `/api/buckets/{namespace}/{name}`, and what is below it.
pub(super) fn bucket_path(bucket_id: &Param<BucketId>, below: &str) -> Result<String> {
    let bucket = bucket(bucket_id)?;
    Ok(format!("/api/buckets/{bucket}{below}"))
}

/// Parses the bucket and the path in it from `hf://buckets/...`, a URL of the
/// Hub, or `namespace/name/path`.
pub(super) fn bucket_uri(text: &str, api: &HfApi) -> Result<(BucketId, String)> {
    if text.contains("://") {
        let uri = HfUri::parse(text, Some(api.client().endpoint().as_str()))?;
        if !uri.is_bucket() {
            return Err(Error::validation(format!(
                "{text:?} must name a bucket: hf://buckets/namespace/name"
            )));
        }
        return Ok((uri.id().parse()?, uri.path_in_repo().to_owned()));
    }
    let mut parts = text.splitn(3, '/');
    let (namespace, name) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let bucket = format!("{namespace}/{name}").parse()?;
    Ok((bucket, parts.next().unwrap_or("").to_owned()))
}

/// The Hub's alias for the namespace of the token.
const OWN_NAMESPACE: &str = "me";

/// Creates a bucket.
///
/// `POST /api/buckets/{namespace}/{name}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let bucket = api.create_bucket("user/data").private(true).exist_ok(true).await?;
/// println!("{}", bucket.bucket_id());
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if the bucket exists, unless `exist_ok`; `Forbidden` without
/// write access.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = BucketUrl)]
pub struct CreateBucketCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`, or `name` in the token's own namespace.
    #[call(arg)]
    bucket_id: String,
    /// Whether the bucket is private. By default, the owner's setting.
    private: Option<bool>,
    /// The visibility, instead of `private`: `public` or `private`.
    visibility: Option<RepoVisibility>,
    /// The resource group of an Enterprise organization.
    resource_group_id: Option<String>,
    /// The storage region: `us` or `eu`.
    region: Option<String>,
    /// Whether to succeed if the bucket exists.
    exist_ok: bool,
}

impl Operation for CreateBucketCall {
    async fn run(self, api: HfApi) -> Result<BucketUrl> {
        let (namespace, name) = if self.bucket_id.contains('/') {
            let (bucket, path) = bucket_uri(&self.bucket_id, &api)?;
            if !path.is_empty() {
                return Err(Error::validation(format!(
                    "{:?} must name a bucket, `namespace/name`, without a path",
                    self.bucket_id
                )));
            }
            (bucket.namespace().to_owned(), bucket.name().to_owned())
        } else {
            let checked: BucketId = format!("{OWN_NAMESPACE}/{}", self.bucket_id).parse()?;
            (OWN_NAMESPACE.to_owned(), checked.name().to_owned())
        };
        let visibility = visibility(self.private, self.visibility.as_ref(), None)?;
        let mut body = Map::new();
        put_text(&mut body, "visibility", visibility.as_ref());
        put(&mut body, "resourceGroupId", self.resource_group_id);
        put(&mut body, "region", self.region);
        let target = format!(
            "/api/buckets/{}/{}",
            path::segment(&namespace),
            path::segment(&name)
        );
        let request = Request::post(target).json(&body).operation("create_bucket");
        let bucket = (namespace, name);
        let error = match api.fetch(request).await {
            Ok(response) => return created(&api, bucket, response.body()).await,
            Err(error) => error,
        };
        if !self.exist_ok {
            return Err(error);
        }
        if is_there_already(&error) {
            return created(&api, bucket, error.body()).await;
        }
        // The token may not create it, but it may exist all the same.
        if matches!(
            error.status().map(|status| status.as_u16()),
            Some(401 | 403)
        ) && bucket.0 != OWN_NAMESPACE
        {
            let info = api.bucket_info(format!("{}/{}", bucket.0, bucket.1));
            if info.await.is_ok() {
                return created(&api, bucket, &[]).await;
            }
        }
        Err(error)
    }
}

/// Returns the URL of a bucket that exists now: the one in the response if it
/// is one of the Hub, else one at our endpoint.
async fn created(api: &HfApi, bucket: (String, String), body: &[u8]) -> Result<BucketUrl> {
    let (namespace, name) = match created_id(body) {
        Some(named) => named,
        None if bucket.0 == OWN_NAMESPACE => (my_name(api).await?, bucket.1),
        None => bucket,
    };
    let endpoint = api.client().endpoint().as_str();
    if let Some(named) = created_url(body)
        && let Ok(named) = BucketUrl::parse(&named, Some(endpoint))
    {
        return Ok(named);
    }
    let url = format!("{endpoint}/buckets/{namespace}/{name}");
    Ok(BucketUrl::parse(&url, Some(endpoint))?)
}

/// Returns information about a bucket: its visibility, size and number of
/// files.
///
/// `GET /api/buckets/{bucket_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let info = api.bucket_info("user/data").await?;
/// println!("{:?} bytes", info.size);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BucketNotFound`.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = BucketInfo)]
pub struct BucketInfoCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    bucket_id: Param<BucketId>,
}

impl SingleRequest for BucketInfoCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::get(bucket_path(&self.bucket_id, "")?))
    }

    fn decode(&self, response: BufferedResponse, _api: &HfApi) -> Result<BucketInfo> {
        response.json()
    }
}

/// Lists the buckets of a user or organization.
///
/// `GET /api/buckets/{namespace}`, page by page.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for bucket in api.list_buckets().namespace("user").await? {
///     println!("{}", bucket.id);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Unauthorized` without a token if no namespace is given.
#[derive(Debug, Clone, Call)]
#[call(kind = list, item = BucketInfo)]
pub struct ListBucketsCall {
    #[call(context)]
    ctx: Context,
    /// The user or organization. By default, the token's user.
    namespace: Option<String>,
    /// The text that the name must contain.
    search: Option<String>,
}

impl Listing for ListBucketsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let namespace = self.namespace.as_deref().unwrap_or("me");
        Ok(
            Request::get(format!("/api/buckets/{}", path::segment(namespace)))
                .query_some("search", self.search.as_deref()),
        )
    }
}

/// Deletes a bucket and its contents.
///
/// This cannot be undone.
///
/// `DELETE /api/buckets/{bucket_id}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_bucket("user/data").missing_ok(true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BucketNotFound`, unless `missing_ok`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct DeleteBucketCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    bucket_id: Param<BucketId>,
    /// Whether to succeed if the bucket does not exist.
    missing_ok: bool,
}

impl SingleRequest for DeleteBucketCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        // A repeated deletion would find nothing, which is an error.
        Ok(Request::delete(bucket_path(&self.bucket_id, "")?).idempotent(self.missing_ok))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }

    fn recover(&self, error: Error, _api: &HfApi) -> Result<()> {
        let missing = error.kind() == ErrorKind::BucketNotFound
            || error.status().is_some_and(|status| status.as_u16() == 404);
        if self.missing_ok && missing {
            Ok(())
        } else {
            Err(error)
        }
    }
}

/// Renames a bucket or moves it to another namespace.
///
/// `POST /api/repos/move`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.move_bucket("user/data", "organization/data").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `RepositoryNotFound`; `Forbidden` without write access to both namespaces.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct MoveBucketCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    from_id: Param<BucketId>,
    /// The new name: `namespace/name`.
    #[call(arg)]
    to_id: Param<BucketId>,
}

impl SingleRequest for MoveBucketCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        let (from, to) = (bucket(&self.from_id)?, bucket(&self.to_id)?);
        let body = json!({
            "fromRepo": from.as_str(),
            "toRepo": to.as_str(),
            "type": "bucket",
        });
        Ok(Request::post("/api/repos/move").json(&body))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// Changes the visibility of a bucket.
///
/// `PUT /api/buckets/{bucket_id}/settings`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.update_bucket_settings("user/data", true).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BucketNotFound`; `Forbidden` without write access.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = ())]
pub struct UpdateBucketSettingsCall {
    #[call(context)]
    ctx: Context,
    /// The bucket: `namespace/name`.
    #[call(arg)]
    bucket_id: Param<BucketId>,
    /// Whether the bucket is private.
    #[call(arg)]
    private: bool,
}

impl SingleRequest for UpdateBucketSettingsCall {
    fn request(&self, _api: &HfApi) -> Result<Request> {
        Ok(Request::put(bucket_path(&self.bucket_id, "/settings")?)
            .json(&json!({"private": self.private})))
    }

    fn decode(&self, _response: BufferedResponse, _api: &HfApi) -> Result<()> {
        Ok(())
    }
}

/// # Buckets
impl HfApi {
    create_bucket!();
    bucket_info!();
    list_buckets!();
    delete_bucket!();
    move_bucket!();
    update_bucket_settings!();
}
