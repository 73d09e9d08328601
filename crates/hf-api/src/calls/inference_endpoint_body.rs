//! The JSON of Inference Endpoints in requests.

use std::collections::BTreeMap;

use hf_types::InferenceEndpointScalingMetric;
use serde_json::{Map, Value, json};

use super::support::put;
use crate::{Error, Result};

/// The engines that spread a model over several accelerators.
const TENSOR_PARALLEL: [&str; 2] = ["sGLang", "vLLM"];
/// The engines that run several copies of a model.
const DATA_PARALLEL: [&str; 1] = ["vLLM"];

/// The credentials for the registry of a container.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Registry<'a> {
    pub(super) username: Option<&'a str>,
    pub(super) password: Option<&'a str>,
}

/// Returns the container under the name of its kind: `custom` for one that is
/// given by its URL.
pub(super) fn image(given: Option<&Map<String, Value>>, registry: Registry<'_>) -> Result<Value> {
    if registry.password.is_some() && registry.username.is_none() {
        return Err(Error::validation(
            "`container_registry_password` needs `container_registry_username`",
        ));
    }
    let Some(given) = given else {
        if registry.username.is_some() {
            return Err(Error::validation(
                "`container_registry_username` needs a custom container: give `custom_image`",
            ));
        }
        return Ok(json!({"huggingface": {}}));
    };
    let mut image = if given.contains_key("url") {
        json!({"custom": given})
    } else {
        Value::Object(given.clone())
    };
    if let Some(username) = registry.username {
        let custom = image
            .get_mut("custom")
            .and_then(Value::as_object_mut)
            .ok_or_else(|| {
                Error::validation("`container_registry_username` is for a `custom` container only")
            })?;
        let mut credentials = json!({"username": username});
        if let Some(password) = registry.password {
            credentials["password"] = password.into();
        }
        custom.insert("credentials".to_owned(), credentials);
    }
    Ok(image)
}

/// Adds the parallel sizes to the container.
pub(super) fn parallel(image: Value, tensor: Option<u64>, data: Option<u64>) -> Result<Value> {
    let Value::Object(image) = image else {
        return Err(nothing_to_set());
    };
    let (kind, container) = image.into_iter().next().ok_or_else(nothing_to_set)?;
    let Value::Object(mut container) = container else {
        return Err(nothing_to_set());
    };
    for (name, key, value, engines) in [
        (
            "tensor_parallel_size",
            "tensorParallelSize",
            tensor,
            &TENSOR_PARALLEL[..],
        ),
        (
            "data_parallel_size",
            "dataParallelSize",
            data,
            &DATA_PARALLEL[..],
        ),
    ] {
        let Some(value) = value else { continue };
        if !engines.contains(&kind.as_str()) {
            tracing::warn!(
                "`{name}` is unknown to the engine {kind}, which will ignore it; these know it: {}",
                engines.join(", ")
            );
        }
        container.insert(key.to_owned(), value.into());
    }
    Ok(Map::from_iter([(kind, container.into())]).into())
}

fn nothing_to_set() -> Error {
    Error::validation("a parallel size needs a container: give `custom_image`")
}

/// Returns the metric by which replicas are added.
pub(super) fn measure(
    metric: Option<&InferenceEndpointScalingMetric>,
    threshold: Option<f64>,
) -> Option<Value> {
    let metric = metric.filter(|metric| !metric.as_str().is_empty())?;
    Some(Map::from_iter([(metric.to_string(), threshold.map(number).into())]).into())
}

/// Writes a whole number without a fraction, as Python does.
#[allow(clippy::cast_possible_truncation)]
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        (value as i64).into()
    } else {
        value.into()
    }
}

/// Returns the route of the endpoint.
pub(super) fn route(domain: Option<&str>, path: Option<&str>) -> Map<String, Value> {
    let mut route = Map::new();
    put(&mut route, "domain", domain);
    put(&mut route, "path", path);
    route
}

/// Returns environment variables as JSON.
pub(super) fn variables(
    variables: Option<&BTreeMap<String, String>>,
) -> Option<Map<String, Value>> {
    variables.map(|variables| {
        variables
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn containers() {
        let flat = map(&json!({"url": "r/i", "port": 80}));
        assert_eq!(
            image(Some(&flat), Registry::default()).unwrap(),
            json!({"custom": {"url": "r/i", "port": 80}})
        );
        let engine = map(&json!({"vLLM": {"url": "v"}}));
        assert_eq!(
            image(Some(&engine), Registry::default()).unwrap(),
            json!({"vLLM": {"url": "v"}})
        );
        let registry = Registry {
            username: Some("u"),
            password: Some("p"),
        };
        assert_eq!(
            image(Some(&flat), registry).unwrap()["custom"]["credentials"],
            json!({"username": "u", "password": "p"})
        );
        assert!(image(Some(&engine), registry).is_err());
        assert!(image(None, registry).is_err());
    }

    #[test]
    fn parallel_sizes() {
        let set = parallel(json!({"vLLM": {"url": "v"}}), Some(8), Some(2)).unwrap();
        assert_eq!(
            set,
            json!({"vLLM": {"url": "v", "tensorParallelSize": 8, "dataParallelSize": 2}})
        );
        for empty in [json!({}), json!(null), json!({"vLLM": 1})] {
            assert!(parallel(empty, Some(8), None).is_err());
        }
    }
}
