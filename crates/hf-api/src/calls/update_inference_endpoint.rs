//! Updating Inference Endpoints.

use std::collections::BTreeMap;

use hf_types::{InferenceEndpoint, InferenceEndpointScalingMetric};
use serde_json::{Map, Value};

use super::inference_endpoint_body::{Registry, image, measure, parallel, route, variables};
use super::inference_endpoints::{endpoint, namespace_or_own, read};
use super::support::put;
use crate::call::{Context, Operation, Secret};
use crate::{Call, Error, HfApi, Request, Result};

/// Changes the hardware, the model or the container of an Inference Endpoint.
///
/// What is not set stays.
///
/// `PUT
/// https://api.endpoints.huggingface.cloud/v2/endpoint/{namespace}/{name}`. A
/// parallel size without `custom_image` costs one more request, which reads the
/// container.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// api.update_inference_endpoint("my-endpoint").min_replica(0).max_replica(4).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Http` (404) if there is no endpoint of this name; `Validation` for a
/// parallel size without `custom_image` if the container needs a password,
/// which cannot be read.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct UpdateInferenceEndpointCall {
    #[call(context)]
    ctx: Context,
    /// The name of the endpoint.
    #[call(arg)]
    name: String,
    /// The kind of hardware: `cpu`, `gpu` or `neuron`.
    accelerator: Option<String>,
    /// The size of the instance: `x4`.
    instance_size: Option<String>,
    /// The type of the instance: `intel-icl`.
    instance_type: Option<String>,
    /// The minimum number of replicas.
    min_replica: Option<u64>,
    /// The maximum number of replicas.
    max_replica: Option<u64>,
    /// The number of minutes without requests after which no replica runs.
    scale_to_zero_timeout: Option<u64>,
    /// The metric by which replicas are added: `pendingRequests` or
    /// `hardwareUsage`.
    scaling_metric: Option<InferenceEndpointScalingMetric>,
    /// The value of the metric at which a replica is added.
    scaling_threshold: Option<f64>,
    /// The model: `user/name`.
    repository: Option<String>,
    /// The framework of the model: `pytorch`, `custom`, ...
    framework: Option<String>,
    /// The branch, tag or commit of the model.
    revision: Option<String>,
    /// The task of the model: `text-generation`.
    task: Option<String>,
    /// The container: `{"vLLM": {"url", "port"}}` and its like, or
    /// `{"url", "port"}` for a custom one.
    custom_image: Option<Map<String, Value>>,
    /// The command to run in the container, instead of its entry point.
    container_command: Option<Vec<String>>,
    /// The arguments of the command.
    container_args: Option<Vec<String>>,
    /// The number of accelerators that one copy of the model is spread over.
    tensor_parallel_size: Option<u64>,
    /// The number of copies of the model, each on one accelerator.
    data_parallel_size: Option<u64>,
    /// The environment variables of the container.
    env: Option<BTreeMap<String, String>>,
    /// The secret environment variables of the container.
    secrets: Option<Secret<BTreeMap<String, String>>>,
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

impl UpdateInferenceEndpointCall {
    fn is_parallel(&self) -> bool {
        self.tensor_parallel_size.is_some() || self.data_parallel_size.is_some()
    }

    /// Returns the body; `running` is the endpoint's container, if it is needed.
    fn body(&self, running: Option<Value>) -> Result<Map<String, Value>> {
        let mut scaling = Map::new();
        put(&mut scaling, "maxReplica", self.max_replica);
        put(&mut scaling, "minReplica", self.min_replica);
        put(
            &mut scaling,
            "scaleToZeroTimeout",
            self.scale_to_zero_timeout,
        );
        put(
            &mut scaling,
            "measure",
            measure(self.scaling_metric.as_ref(), self.scaling_threshold),
        );
        let mut compute = Map::new();
        put(&mut compute, "accelerator", self.accelerator.clone());
        put(&mut compute, "instanceSize", self.instance_size.clone());
        put(&mut compute, "instanceType", self.instance_type.clone());
        put(&mut compute, "scaling", some(scaling));

        let mut container = match &self.custom_image {
            Some(given) => Some(image(Some(given), Registry::default())?),
            None => running,
        };
        if self.is_parallel() {
            container = Some(parallel(
                container.unwrap_or_default(),
                self.tensor_parallel_size,
                self.data_parallel_size,
            )?);
        }
        let mut model = Map::new();
        put(&mut model, "repository", self.repository.clone());
        put(&mut model, "framework", self.framework.clone());
        put(&mut model, "revision", self.revision.clone());
        put(&mut model, "task", self.task.clone());
        put(&mut model, "image", container);
        put(&mut model, "command", self.container_command.clone());
        put(&mut model, "args", self.container_args.clone());
        put(&mut model, "env", variables(self.env.as_ref()));
        put(
            &mut model,
            "secrets",
            variables(self.secrets.as_ref().map(Secret::expose)),
        );

        let mut body = Map::new();
        put(&mut body, "compute", some(compute));
        put(&mut body, "model", some(model));
        put(
            &mut body,
            "route",
            some(route(self.domain.as_deref(), self.path.as_deref())),
        );
        put(&mut body, "cacheHttpResponses", self.cache_http_responses);
        put(&mut body, "tags", self.tags.clone());
        Ok(body)
    }
}

impl Operation for UpdateInferenceEndpointCall {
    async fn run(mut self, api: HfApi) -> Result<InferenceEndpoint> {
        let namespace = namespace_or_own(&api, self.namespace.take()).await?;
        let mut running = None;
        let given = self
            .custom_image
            .as_ref()
            .is_some_and(|image| !image.is_empty());
        if self.is_parallel() && !given {
            let now = api
                .get_inference_endpoint(&self.name)
                .namespace(&namespace)
                .await?;
            let image = now.raw.get("model").and_then(|model| model.get("image"));
            running = image.cloned();
            refuse_credentials(&self.name, image)?;
        }
        let request = Request::put(endpoint(&api, &namespace, &self.name)?)
            .trusted()
            .json(&self.body(running)?)
            .operation("update_inference_endpoint");
        read(api.fetch_json(request).await?, &namespace)
    }
}

/// Refuses a container with a password: the response does not contain it, so
/// that the container cannot be sent back.
fn refuse_credentials(name: &str, image: Option<&Value>) -> Result<()> {
    let container = image
        .and_then(Value::as_object)
        .and_then(|image| image.values().next());
    if container.is_some_and(|container| container.get("credentials").is_some()) {
        return Err(Error::validation(format!(
            "the container of {name} needs a password, which cannot be read: to set a parallel \
             size, give the whole `custom_image`"
        )));
    }
    Ok(())
}

fn some(map: Map<String, Value>) -> Option<Map<String, Value>> {
    (!map.is_empty()).then_some(map)
}

/// # Updating Inference Endpoints
impl HfApi {
    update_inference_endpoint!();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changes_is_sent() {
        let call = UpdateInferenceEndpointCall::new("e");
        assert_eq!(Value::Object(call.body(None).unwrap()), json!({}));
        let call = call
            .min_replica(0)
            .scaling_metric("pendingRequests")
            .scaling_threshold(2.0)
            .env([("A", "b")])
            .path("/x");
        assert_eq!(
            Value::Object(call.body(None).unwrap()),
            json!({
                "compute": {"scaling": {"minReplica": 0, "measure": {"pendingRequests": 2}}},
                "model": {"env": {"A": "b"}},
                "route": {"path": "/x"},
            })
        );
    }

    #[test]
    fn a_parallel_size_is_written_into_the_container_that_runs() {
        let call = UpdateInferenceEndpointCall::new("e").tensor_parallel_size(4);
        let running = json!({"vLLM": {"url": "vllm/vllm", "port": 80}});
        assert_eq!(
            call.body(Some(running)).unwrap()["model"]["image"],
            json!({"vLLM": {"url": "vllm/vllm", "port": 80, "tensorParallelSize": 4}})
        );
        assert!(call.body(None).is_err());
        let secret = json!({"custom": {"credentials": {"username": "u"}}});
        assert!(refuse_credentials("e", Some(&secret)).is_err());
    }
}
