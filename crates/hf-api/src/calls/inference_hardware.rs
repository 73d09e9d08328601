//! The hardware of Inference Endpoints.

use hf_types::InferenceEndpointHardware;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::inference_endpoints::namespace_or_own;
use super::support::name_in_path;
use crate::call::{Context, Operation};
use crate::{Call, Error, HfApi, Request, Result};

/// Lists the hardware that Inference Endpoints can run on, with its price and
/// the quota of the namespace.
///
/// `GET https://api.endpoints.huggingface.cloud/v2/provider/{namespace}`.
///
/// ```no_run
/// # async fn example(api: hf_api::HfApi) -> hf_api::Result<()> {
/// for hardware in api.list_inference_endpoints_hardware().await? {
///     println!("{} {} {}", hardware.vendor, hardware.region, hardware.instance_type);
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// `Unauthorized` or `Forbidden` for a namespace that is not the token's.
#[derive(Debug, Clone, Call)]
#[call(kind = operation, returns = Vec<InferenceEndpointHardware>)]
pub struct ListInferenceEndpointsHardwareCall {
    #[call(context)]
    ctx: Context,
    /// The user or organization. By default, the token's user.
    namespace: Option<String>,
}

impl Operation for ListInferenceEndpointsHardwareCall {
    async fn run(self, api: HfApi) -> Result<Vec<InferenceEndpointHardware>> {
        let namespace = namespace_or_own(&api, self.namespace).await?;
        let namespace = name_in_path("namespace", &namespace)?;
        let target = format!(
            "{}/provider/{namespace}",
            api.services().inference_endpoints
        );
        let request = Request::get(target)
            .trusted()
            .operation("list_inference_endpoints_hardware");
        hardware(api.fetch_json(request).await?)
    }
}

#[derive(Deserialize)]
struct Vendors {
    #[serde(deserialize_with = "hf_types::lenient::list")]
    vendors: Vec<Vendor>,
}

#[derive(Deserialize)]
struct Vendor {
    name: Value,
    #[serde(deserialize_with = "hf_types::lenient::list")]
    regions: Vec<Region>,
}

#[derive(Deserialize)]
struct Region {
    name: Value,
    #[serde(deserialize_with = "hf_types::lenient::list")]
    computes: Vec<Map<String, Value>>,
}

/// Returns the hardware of all vendors and regions in one list.
fn hardware(vendors: Vendors) -> Result<Vec<InferenceEndpointHardware>> {
    let mut all = Vec::new();
    for vendor in vendors.vendors {
        for region in vendor.regions {
            for mut compute in region.computes {
                compute.insert("vendor".to_owned(), vendor.name.clone());
                compute.insert("region".to_owned(), region.name.clone());
                all.push(serde_json::from_value(compute.into()).map_err(|error| {
                    Error::decode(format!("malformed hardware of {}: {error}", vendor.name))
                })?);
            }
        }
    }
    Ok(all)
}

/// # Hardware of Inference Endpoints
impl HfApi {
    list_inference_endpoints_hardware!();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hardware_knows_where_it_is() {
        let vendors = json!({"vendors": [{"name": "aws", "regions": [{"name": "us-east-1", "computes": [{
            "id": "aws-us-east-1-nvidia-l4-x1", "accelerator": "gpu", "instanceType": "nvidia-l4",
            "instanceSize": "x1", "architecture": "Nvidia L4", "numAccelerators": 1, "numCpus": 7,
            "memoryGb": 30, "gpuMemoryGb": 24, "pricePerHour": 0.8, "status": "available",
            "quota": {"maxAccelerators": 8, "usedAccelerators": 1},
        }]}]}]});
        let listed = hardware(serde_json::from_value(vendors).unwrap()).unwrap();
        assert_eq!(
            (listed[0].vendor.as_str(), listed[0].region.as_str()),
            ("aws", "us-east-1")
        );
        assert_eq!(listed[0].max_accelerators, Some(8));
    }
}
