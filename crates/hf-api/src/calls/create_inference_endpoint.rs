//! Creating Inference Endpoints.

use std::collections::BTreeMap;

use hf_types::{InferenceEndpoint, InferenceEndpointScalingMetric, InferenceEndpointType};
use serde_json::{Map, Value, json};

use super::inference_endpoint_body::{Registry, image, measure, route, variables};
use super::inference_endpoints::{endpoints, namespace_or_own, read};
use super::support::put;
use crate::call::{Context, Operation, Secret};
use crate::{Call, Error, HfApi, Request, Result};

/// Creates an Inference Endpoint, which serves a model on dedicated hardware.
///
/// `POST https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}`,
/// after [`whoami`](HfApi::whoami) if no namespace is given.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// use hf_api::calls::inference_endpoint_ext::InferenceEndpointExt;
/// let made = api
///     .create_inference_endpoint(
///         "my-gpt2", "gpt2", "pytorch", "cpu", "x2", "intel-icl", "us-east-1", "aws",
///     )
///     .task("text-generation")
///     .await?;
/// let ready = made.wait(&api).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Conflict` if an endpoint of this name exists; `Validation` for settings
/// that exclude each other; `BadRequest` for hardware that is not offered.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct CreateInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name, unique in its namespace.
    #[call(arg)]
    name: String,
    /// The model: `user/name`.
    #[call(arg)]
    repository: String,
    /// The framework of the model: `pytorch`, `custom`, ...
    #[call(arg)]
    framework: String,
    /// The kind of hardware: `cpu`, `gpu` or `neuron`.
    #[call(arg)]
    accelerator: String,
    /// The size of the instance: `x4`.
    #[call(arg)]
    instance_size: String,
    /// The type of the instance: `intel-icl`.
    #[call(arg)]
    instance_type: String,
    /// The region of the cloud: `us-east-1`.
    #[call(arg)]
    region: String,
    /// The cloud: `aws`, ...
    #[call(arg)]
    vendor: String,
    /// The AWS account of earlier versions. It has no effect; see
    /// `private_link_account_id`.
    account_id: Option<String>,
    /// The AWS account that reaches the endpoint over PrivateLink.
    private_link_account_id: Option<String>,
    /// The region of PrivateLink: `us-east-1` or `eu-west-1`.
    private_link_region: Option<String>,
    /// The minimum number of replicas.
    #[call(default = 1)]
    min_replica: u64,
    /// The maximum number of replicas.
    #[call(default = 1)]
    max_replica: u64,
    /// The metric by which replicas are added: `pendingRequests` or
    /// `hardwareUsage`.
    scaling_metric: Option<InferenceEndpointScalingMetric>,
    /// The value of the metric at which a replica is added.
    scaling_threshold: Option<f64>,
    /// The number of minutes without requests after which no replica runs.
    scale_to_zero_timeout: Option<u64>,
    /// The branch, tag or commit of the model.
    revision: Option<String>,
    /// The task of the model: `text-generation`.
    task: Option<String>,
    /// The container: `{"vLLM": {"url", "port"}}` and its like, or
    /// `{"url", "port"}` for a custom one.
    custom_image: Option<Map<String, Value>>,
    /// The user name for the registry of the container.
    container_registry_username: Option<String>,
    /// The password of that user.
    container_registry_password: Option<Secret<String>>,
    /// The command to run in the container, instead of its entry point.
    container_command: Option<Vec<String>>,
    /// The arguments of the command.
    container_args: Option<Vec<String>>,
    /// The environment variables of the container.
    env: Option<BTreeMap<String, String>>,
    /// The secret environment variables of the container.
    secrets: Option<Secret<BTreeMap<String, String>>>,
    /// The access: `public`, `authenticated` or `private`.
    #[call(default = "authenticated".into())]
    r#type: InferenceEndpointType,
    /// The custom domain.
    domain: Option<String>,
    /// The path below the domain.
    path: Option<String>,
    /// Whether to cache responses.
    cache_http_responses: Option<bool>,
    /// The tags, by which endpoints can be found.
    tags: Option<Vec<String>>,
    /// The user or organization that owns it. By default, the token's user.
    namespace: Option<String>,
}

impl CreateInferenceEndpointCall {
    fn body(&self) -> Result<Value> {
        if self.r#type == InferenceEndpointType::Protected {
            return Err(Error::validation(
                "`type` cannot be \"protected\" any more: use \"authenticated\"",
            ));
        }
        if self.account_id.is_some() {
            tracing::warn!(
                "`account_id` has no effect: `private_link_account_id` and `private_link_region` \
                 set up PrivateLink"
            );
        }
        let registry = Registry {
            username: self.container_registry_username.as_deref(),
            password: self
                .container_registry_password
                .as_ref()
                .map(|password| password.expose().as_str()),
        };
        let mut scaling = json!({
            "maxReplica": self.max_replica,
            "minReplica": self.min_replica,
            "scaleToZeroTimeout": self.scale_to_zero_timeout,
        });
        if let Some(measure) = measure(self.scaling_metric.as_ref(), self.scaling_threshold) {
            scaling["measure"] = measure;
        }
        let mut model = Map::new();
        model.insert("framework".to_owned(), self.framework.as_str().into());
        model.insert("repository".to_owned(), self.repository.as_str().into());
        model.insert("revision".to_owned(), self.revision.clone().into());
        model.insert(
            "image".to_owned(),
            image(self.custom_image.as_ref(), registry)?,
        );
        put(&mut model, "task", self.task.clone());
        put(&mut model, "command", self.container_command.clone());
        put(&mut model, "args", self.container_args.clone());
        put(
            &mut model,
            "env",
            variables(self.env.as_ref()).filter(|env| !env.is_empty()),
        );
        put(
            &mut model,
            "secrets",
            variables(self.secrets.as_ref().map(Secret::expose))
                .filter(|secrets| !secrets.is_empty()),
        );
        let mut body = json!({
            "compute": {
                "accelerator": self.accelerator,
                "instanceSize": self.instance_size,
                "instanceType": self.instance_type,
                "scaling": scaling,
            },
            "model": model,
            "name": self.name,
            "provider": {"region": self.region, "vendor": self.vendor},
            "type": self.r#type,
        });
        if let Some(account) = &self.private_link_account_id {
            let region = self.private_link_region.as_deref().ok_or_else(|| {
                Error::validation(
                    "`private_link_account_id` needs `private_link_region`, us-east-1 or eu-west-1",
                )
            })?;
            body["privateService"] = json!({"accountId": account, "region": region});
        }
        let route = route(self.domain.as_deref(), self.path.as_deref());
        if !route.is_empty() {
            body["route"] = route.into();
        }
        if let Some(cache) = self.cache_http_responses {
            body["cacheHttpResponses"] = cache.into();
        }
        if let Some(tags) = &self.tags {
            body["tags"] = tags.as_slice().into();
        }
        Ok(body)
    }
}

impl Operation for CreateInferenceEndpointCall {
    async fn run(self, api: HfApi) -> Result<InferenceEndpoint> {
        let body = self.body()?;
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let request = Request::post(endpoints(&api, &namespace)?)
            .trusted()
            .json(&body)
            .operation("create_inference_endpoint");
        read(api.fetch_json(request).await?, &namespace)
    }
}

/// # Creating Inference Endpoints
impl HfApi {
    create_inference_endpoint!();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create() -> CreateInferenceEndpointCall {
        CreateInferenceEndpointCall::new("e", "gpt2", "pytorch", "cpu", "x2", "i", "us", "aws")
    }

    #[test]
    fn the_least_to_create() {
        assert_eq!(
            create().body().unwrap(),
            json!({
                "compute": {
                    "accelerator": "cpu", "instanceSize": "x2", "instanceType": "i",
                    "scaling": {"maxReplica": 1, "minReplica": 1, "scaleToZeroTimeout": null},
                },
                "model": {
                    "framework": "pytorch", "repository": "gpt2", "revision": null,
                    "image": {"huggingface": {}},
                },
                "name": "e",
                "provider": {"region": "us", "vendor": "aws"},
                "type": "authenticated",
            })
        );
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        assert!(create().r#type("protected").body().is_err());
        assert!(create().private_link_account_id("1").body().is_err());
        assert!(create().container_registry_username("u").body().is_err());
        assert!(create().container_registry_password("p").body().is_err());
        let both = create()
            .private_link_account_id("1")
            .private_link_region("eu-west-1");
        assert_eq!(
            both.body().unwrap()["privateService"],
            json!({"accountId": "1", "region": "eu-west-1"})
        );
    }
}
