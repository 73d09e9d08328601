//! Listing, pausing and deleting Inference Endpoints.

use futures_util::future::try_join_all;
use hf_types::{InferenceEndpoint, WhoAmI};
use serde::Deserialize;
use serde_json::Value;

use super::support::{has_status, name_in_path, own_namespace};
use crate::call::{Context, Operation};
use crate::{Call, Error, HfApi, Request, Result};

/// Lists the Inference Endpoints of a namespace.
///
/// For `*`, lists those of the token's user and of all its organizations;
/// organizations that the token may not see are left out.
///
/// `GET https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}`, for
/// each namespace.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for endpoint in api.list_inference_endpoints().namespace("*").await? {
///     println!("{} {}", endpoint.name, endpoint.status);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Unauthorized` or `Forbidden` if the token may not see them.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<InferenceEndpoint>)]
pub struct ListInferenceEndpointsCall {
    #[call(context)]
    ctx: Context,
    /// The user or organization, or `*` for all. By default, the token's user.
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct Items {
    #[serde(deserialize_with = "hf_types::lenient::list")]
    items: Vec<Value>,
}

impl Operation for ListInferenceEndpointsCall {
    async fn run(self, api: HfApi) -> Result<Vec<InferenceEndpoint>> {
        if self.namespace.as_deref() != Some("*") {
            let namespace = namespace_or_own(&api, self.namespace).await?;
            return list(&api, &namespace).await;
        }
        let me = api.whoami().await?;
        let (user, orgs) = namespaces(me)?;
        let own = list(&api, &user);
        let of_orgs = try_join_all(orgs.into_iter().map(|org| {
            let api = api.clone();
            async move {
                match list(&api, &org).await {
                    Err(error) if error.status().is_some() => {
                        tracing::warn!(%error, "skipping the Inference Endpoints of {org}");
                        Ok(Vec::new())
                    }
                    listed => listed,
                }
            }
        }));
        let (mut all, of_orgs) = futures_util::future::try_join(own, of_orgs).await?;
        all.extend(of_orgs.into_iter().flatten());
        Ok(all)
    }
}

/// Returns the user and the organizations of the token.
fn namespaces(me: WhoAmI) -> Result<(String, Vec<String>)> {
    match me.r#type.as_deref() {
        Some("user") if !me.name.is_empty() => {
            let orgs = me.orgs.into_iter().map(|org| org.name);
            Ok((me.name, orgs.filter(|name| !name.is_empty()).collect()))
        }
        _ => Err(Error::validation(
            "the token does not belong to a user: `namespace` must name an organization",
        )),
    }
}

async fn list(api: &HfApi, namespace: &str) -> Result<Vec<InferenceEndpoint>> {
    let target = endpoints(api, namespace)?;
    let request = Request::get(target)
        .trusted()
        .operation("list_inference_endpoints");
    let listed: Items = api.fetch_json(request).await?;
    listed
        .items
        .into_iter()
        .map(|raw| read(raw, namespace))
        .collect()
}

/// Returns an Inference Endpoint by its name.
///
/// `GET
/// https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}/{name}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::calls::inference_endpoint_ext::InferenceEndpointExt;
/// let endpoint = api.get_inference_endpoint("my-endpoint").await?;
/// let ready = endpoint.wait(&api).await?;
/// println!("{:?}", ready.url);
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no endpoint of this name.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct GetInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name of the endpoint.
    #[call(arg)]
    name: String,
    /// The user or organization that owns it. By default, the token's user.
    namespace: Option<String>,
}

impl Operation for GetInferenceEndpointCall {
    async fn run(self, api: HfApi) -> Result<InferenceEndpoint> {
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let request = Request::get(endpoint(&api, &namespace, &self.name)?)
            .trusted()
            .operation("get_inference_endpoint");
        read(api.fetch_json(request).await?, &namespace)
    }
}

/// Deletes an Inference Endpoint.
///
/// This cannot be undone; a paused endpoint costs nothing either.
///
/// `DELETE
/// https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}/{name}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.delete_inference_endpoint("my-endpoint").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no endpoint of this name.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = ())]
pub struct DeleteInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name of the endpoint.
    #[call(arg)]
    name: String,
    /// The user or organization that owns it. By default, the token's user.
    namespace: Option<String>,
}

impl Operation for DeleteInferenceEndpointCall {
    async fn run(self, api: HfApi) -> Result<()> {
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let request = Request::delete(endpoint(&api, &namespace, &self.name)?)
            .trusted()
            .idempotent(false)
            .operation("delete_inference_endpoint");
        api.fetch(request).await?;
        Ok(())
    }
}

/// Pauses an Inference Endpoint.
///
/// It costs nothing until it is resumed.
///
/// `POST
/// https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}/{name}/pause`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.pause_inference_endpoint("my-endpoint").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no endpoint of this name.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct PauseInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name of the endpoint.
    #[call(arg)]
    name: String,
    /// The user or organization that owns it. By default, the token's user.
    namespace: Option<String>,
}

impl Operation for PauseInferenceEndpointCall {
    async fn run(self, api: HfApi) -> Result<InferenceEndpoint> {
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let target = endpoint(&api, &namespace, &self.name)?;
        let request = Request::post(format!("{target}/pause"))
            .trusted()
            .operation("pause_inference_endpoint");
        read(api.fetch_json(request).await?, &namespace)
    }
}

/// Resumes a paused Inference Endpoint.
///
/// A running one is returned as it is.
///
/// `POST
/// https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}/{name}/resume`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.resume_inference_endpoint("my-endpoint").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no endpoint of this name; `BadRequest` if it runs,
/// unless `running_ok`.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct ResumeInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name of the endpoint.
    #[call(arg)]
    name: String,
    /// The user or organization that owns it. By default, the token's user.
    namespace: Option<String>,
    /// Whether to succeed if it runs.
    #[call(default = true)]
    running_ok: bool,
}

impl Operation for ResumeInferenceEndpointCall {
    async fn run(self, api: HfApi) -> Result<InferenceEndpoint> {
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let target = endpoint(&api, &namespace, &self.name)?;
        let request = Request::post(format!("{target}/resume"))
            .trusted()
            .operation("resume_inference_endpoint");
        match api.fetch_json(request).await {
            Ok(raw) => read(raw, &namespace),
            Err(error) if self.running_ok && already_runs(&error) => {
                api.get_inference_endpoint(self.name)
                    .namespace(namespace)
                    .await
            }
            Err(error) => Err(error),
        }
    }
}

fn already_runs(error: &Error) -> bool {
    has_status(error, 400) && String::from_utf8_lossy(error.body()).contains("already running")
}

/// Stops all replicas of an Inference Endpoint.
///
/// The next request to it starts one again.
///
/// `POST
/// https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}/{name}/scale-to-zero`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.scale_to_zero_inference_endpoint("my-endpoint").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no endpoint of this name.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct ScaleToZeroInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name of the endpoint.
    #[call(arg)]
    name: String,
    /// The user or organization that owns it. By default, the token's user.
    namespace: Option<String>,
}

impl Operation for ScaleToZeroInferenceEndpointCall {
    async fn run(self, api: HfApi) -> Result<InferenceEndpoint> {
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let target = endpoint(&api, &namespace, &self.name)?;
        let request = Request::post(format!("{target}/scale-to-zero"))
            .trusted()
            .operation("scale_to_zero_inference_endpoint");
        read(api.fetch_json(request).await?, &namespace)
    }
}

/// Returns the namespace; the token's user if none is given.
pub(super) async fn namespace_or_own(api: &HfApi, namespace: Option<String>) -> Result<String> {
    match namespace.filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => Ok(namespace),
        None => own_namespace(api, "`namespace`").await,
    }
}

/// Returns the URL of the endpoints of a namespace.
pub(super) fn endpoints(api: &HfApi, namespace: &str) -> Result<String> {
    let namespace = name_in_path("namespace", namespace)?;
    Ok(format!(
        "{}/endpoint/{namespace}",
        api.services().inference_endpoints
    ))
}

/// Returns the URL of an endpoint.
pub(super) fn endpoint(api: &HfApi, namespace: &str, name: &str) -> Result<String> {
    Ok(format!(
        "{}/{}",
        endpoints(api, namespace)?,
        name_in_path("name", name)?
    ))
}

/// Reads an endpoint and fills in its namespace, which the response lacks.
pub(super) fn read(raw: Value, namespace: &str) -> Result<InferenceEndpoint> {
    let mut endpoint: InferenceEndpoint = serde_json::from_value(raw)
        .map_err(|error| Error::decode(format!("malformed Inference Endpoint: {error}")))?;
    namespace.clone_into(&mut endpoint.namespace);
    Ok(endpoint)
}

/// # Inference Endpoints
impl HfApi {
    list_inference_endpoints!();
    get_inference_endpoint!();
    delete_inference_endpoint!();
    pause_inference_endpoint!();
    resume_inference_endpoint!();
    scale_to_zero_inference_endpoint!();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn namespaces_of_a_user() {
        let me = |me| serde_json::from_value::<WhoAmI>(me).unwrap();
        let user = json!({"type": "user", "name": "u", "orgs": [{"name": "o"}, {"id": "1"}]});
        assert_eq!(
            namespaces(me(user)).unwrap(),
            ("u".to_owned(), vec!["o".to_owned()])
        );
        assert!(namespaces(me(json!({"type": "org", "name": "o"}))).is_err());
    }
}
