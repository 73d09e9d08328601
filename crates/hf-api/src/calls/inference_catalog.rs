//! The catalog of models known to run on Inference Endpoints.

use hf_transport::path;
use hf_types::{InferenceCatalogModel, InferenceEndpoint, RepoId};
use serde_json::{Map, Value, json};

use super::inference_endpoints::{namespace_or_own, read};
use super::support::{exclusive, member, name_in_path, put};
use crate::call::{Context, Operation, SingleRequest};
use crate::{BufferedResponse, Call, HfApi, Request, Result, TokenMode};

/// Lists the models of the catalog, with the hardware and the engines that are
/// known to run them.
///
/// `GET https://endpoints.huggingface.co/api/v1/catalog/list`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let models = api.list_inference_catalog().task("text-generation").limit(10).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `BadRequest` for an unknown accelerator or engine.
#[derive(Debug, Clone, Call)]
#[call(kind = request, returns = Vec<InferenceCatalogModel>)]
pub struct ListInferenceCatalogCall {
    #[call(context)]
    ctx: Context,
    /// The kind of hardware: `cpu`, `gpu` or `neuron`.
    accelerator: Option<String>,
    /// The engine: `llamacpp`, `sglang`, `tei` or `vllm`.
    engine: Option<String>,
    /// The licence of the model.
    license: Option<String>,
    /// The task of the model.
    task: Option<String>,
    /// The text that the name must contain.
    search: Option<String>,
    /// The maximum number of models.
    limit: Option<u64>,
}

impl SingleRequest for ListInferenceCatalogCall {
    fn request(&self, api: &HfApi) -> Result<Request> {
        Ok(
            Request::get(format!("{}/list", api.services().inference_catalog))
                .trusted()
                .query_some("accelerator", self.accelerator.as_deref())
                .query_some("engine", self.engine.as_deref())
                .query_some("license", self.license.as_deref())
                .query_some("task", self.task.as_deref())
                .query_some("search", self.search.as_deref())
                .query_some("limit", self.limit),
        )
    }

    fn decode(
        &self,
        response: BufferedResponse,
        _api: &HfApi,
    ) -> Result<Vec<InferenceCatalogModel>> {
        #[derive(serde::Deserialize)]
        struct Items {
            #[serde(deserialize_with = "hf_types::lenient::list")]
            items: Vec<InferenceCatalogModel>,
        }
        Ok(response.json::<Items>()?.items)
    }
}

/// Creates an Inference Endpoint from the catalog, by a model or by one of its
/// recipes.
///
/// `POST
/// https://endpoints.huggingface.co/api/v1/catalog/model/{repo_id}/deploy`, or
/// `POST
/// https://endpoints.huggingface.co/api/v1/catalog/recipe/{recipe_id}/deploy`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// let made = api
///     .create_inference_endpoint_from_catalog()
///     .repo_id("Qwen/Qwen2.5-Coder-7B-Instruct")
///     .await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Validation` unless exactly one of `repo_id` and `recipe_id` is given, or if
/// the call is anonymous; `Http` (404) for a model that is not in the catalog.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = InferenceEndpoint)]
pub struct CreateInferenceEndpointFromCatalogCall {
    #[call(context)]
    ctx: Context,
    /// The model: `user/name`; instead of `recipe_id`.
    repo_id: Option<String>,
    /// The recipe, as [`list_inference_catalog`](HfApi::list_inference_catalog)
    /// returns it; instead of `repo_id`.
    recipe_id: Option<String>,
    /// The name of the endpoint.
    name: Option<String>,
    /// The kind of hardware, where a model has recipes for several: `cpu`,
    /// `gpu` or `neuron`.
    accelerator: Option<String>,
    /// The GGUF file, where a model has recipes for several.
    gguf_file: Option<String>,
    /// The user or organization that will own it. By default, the token's user.
    namespace: Option<String>,
}

impl CreateInferenceEndpointFromCatalogCall {
    /// Returns the path to deploy the model or recipe, below the catalog.
    fn target(&self) -> Result<String> {
        exclusive(
            self.repo_id.is_some() == self.recipe_id.is_some(),
            "exactly one of `repo_id` and `recipe_id` must be given",
        )?;
        exclusive(
            self.recipe_id.is_some() && (self.accelerator.is_some() || self.gguf_file.is_some()),
            "`accelerator` and `gguf_file` select a recipe and cannot be combined with `recipe_id`",
        )?;
        if let Some(recipe) = &self.recipe_id {
            return Ok(format!(
                "recipe/{}/deploy",
                name_in_path("recipe_id", recipe)?
            ));
        }
        let repo: RepoId = self.repo_id.as_deref().unwrap_or_default().parse()?;
        Ok(format!("model/{}/deploy", path::file(repo.as_str())))
    }

    fn body(&self, namespace: &str) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("namespace".to_owned(), namespace.into());
        put(
            &mut body,
            "config",
            self.name.as_ref().map(|name| json!({"name": name})),
        );
        put(&mut body, "accelerator", self.accelerator.clone());
        put(&mut body, "ggufFile", self.gguf_file.clone());
        body
    }
}

impl Operation for CreateInferenceEndpointFromCatalogCall {
    async fn run(mut self, api: HfApi) -> Result<InferenceEndpoint> {
        exclusive(
            *api.token_mode() == TokenMode::None,
            "an Inference Endpoint needs an owner: the call cannot be anonymous",
        )?;
        let target = self.target()?;
        let namespace = namespace_or_own(&api, self.namespace.take()).await?;
        let request = Request::post(format!("{}/{target}", api.services().inference_catalog))
            .trusted()
            .json(&self.body(&namespace))
            .operation("create_inference_endpoint_from_catalog");
        read(
            member(&api.fetch(request).await?.into_body(), "endpoint")?,
            &namespace,
        )
    }
}

/// # Inference catalog
impl HfApi {
    list_inference_catalog!();
    create_inference_endpoint_from_catalog!();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> CreateInferenceEndpointFromCatalogCall {
        CreateInferenceEndpointFromCatalogCall::new()
    }

    #[test]
    fn a_model_or_a_recipe() {
        assert_eq!(call().repo_id("u/m").target().unwrap(), "model/u/m/deploy");
        assert_eq!(
            call().recipe_id("a/b").target().unwrap(),
            "recipe/a%2Fb/deploy"
        );
        assert!(call().target().is_err());
        assert!(call().repo_id("u/m").recipe_id("r").target().is_err());
        assert!(call().recipe_id("r").accelerator("gpu").target().is_err());
    }

    #[test]
    fn what_is_sent() {
        let body = call()
            .repo_id("u/m")
            .name("e")
            .gguf_file("q4.gguf")
            .body("n");
        assert_eq!(
            Value::Object(body),
            json!({"namespace": "n", "config": {"name": "e"}, "ggufFile": "q4.gguf"})
        );
    }
}
