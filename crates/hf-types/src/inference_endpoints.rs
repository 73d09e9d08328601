//! Inference Endpoints, the hardware they run on, and the catalog of models.

use hf_macros::Dataclass;
use serde_json::{Map, Number, Value};

use crate::{Extra, Timestamp};

/// A model deployed as a service of one's own.
///
/// ```
/// use hf_types::{InferenceEndpoint, InferenceEndpointStatus};
/// let mut endpoint: InferenceEndpoint = serde_json::from_str(r#"{
///     "name": "my-endpoint", "type": "protected", "healthRoute": "/health",
///     "model": {"repository": "gpt2", "framework": "pytorch", "revision": "main", "task": "text-generation"},
///     "status": {"state": "running", "url": "https://x.endpoints.huggingface.cloud/",
///                "createdAt": "2023-10-26T12:41:53.263Z", "updatedAt": "2023-10-26T12:41:53.263078506Z"}
/// }"#)?;
/// endpoint.namespace = "user".into();
/// assert_eq!(endpoint.status, InferenceEndpointStatus::Running);
/// assert_eq!(endpoint.health_url().as_deref(), Some("https://x.endpoints.huggingface.cloud/health"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct InferenceEndpoint {
    /// The name.
    pub name: String,
    /// The user or organization that owns it. The call fills it in, as the response does not contain it.
    #[dataclass(default)]
    pub namespace: String,
    /// The model's repository.
    #[dataclass(wire = "model.repository")]
    pub repository: String,
    /// The status.
    #[dataclass(wire = "status.state")]
    pub status: InferenceEndpointStatus,
    /// The path that responds with 200 once it is ready.
    pub health_route: Option<String>,
    /// The URL, once it is deployed.
    #[dataclass(wire = "status.url")]
    pub url: Option<String>,
    /// The framework it uses.
    #[dataclass(wire = "model.framework")]
    pub framework: Option<String>,
    /// The revision of the model.
    #[dataclass(wire = "model.revision")]
    pub revision: Option<String>,
    /// The description.
    #[dataclass(wire = "model.task")]
    pub task: Option<String>,
    /// When it was created.
    #[dataclass(wire = "status.createdAt")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[dataclass(wire = "status.updatedAt")]
    pub updated_at: Option<Timestamp>,
    /// The access.
    pub r#type: InferenceEndpointType,
    /// The whole response, as it was sent.
    #[dataclass(raw)]
    pub raw: Map<String, Value>,
}

impl InferenceEndpoint {
    /// Returns whether it is deployed and has a URL. Only its health route says whether it serves requests yet.
    pub fn is_running(&self) -> bool {
        self.status == InferenceEndpointStatus::Running && self.url.is_some()
    }

    /// Returns whether its deployment or update failed, so that waiting is pointless.
    pub fn is_failed(&self) -> bool {
        matches!(
            self.status,
            InferenceEndpointStatus::Failed | InferenceEndpointStatus::UpdateFailed
        )
    }

    /// Returns the URL that responds with 200 once it is ready; `None` until it is deployed.
    pub fn health_url(&self) -> Option<String> {
        let url = self.url.as_ref()?.trim_end_matches('/');
        let route = self.health_route.as_deref().unwrap_or_default();
        Some(format!("{url}/{}", route.trim_start_matches('/')))
    }
}

open_enum! {
    /// The status of an Inference Endpoint.
    pub enum InferenceEndpointStatus {
        /// It waits for deployment.
        Pending = "pending",
        /// It is being started.
        Initializing = "initializing",
        /// It is being updated.
        Updating = "updating",
        /// The update failed.
        UpdateFailed = "updateFailed",
        /// It runs.
        Running = "running",
        /// It was paused by its owner.
        Paused = "paused",
        /// It failed.
        Failed = "failed",
        /// No replica runs until it is called.
        ScaledToZero = "scaledToZero",
    }
}

open_enum! {
    /// The users who may call an Inference Endpoint.
    pub enum InferenceEndpointType {
        /// Everybody.
        Public = "public",
        /// Everybody with a token of the Hub.
        Authenticated = "authenticated",
        /// Users in the private network.
        Private = "private",
        /// Users with a token of its owner.
        Protected = "protected",
    }
}

open_enum! {
    /// The metric by which the number of replicas is scaled.
    pub enum InferenceEndpointScalingMetric {
        /// The number of pending requests.
        PendingRequests = "pendingRequests",
        /// The usage of the hardware.
        HardwareUsage = "hardwareUsage",
    }
}

/// Hardware that Inference Endpoints can run on.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct InferenceEndpointHardware {
    /// The id.
    pub id: String,
    /// The cloud, such as `aws`.
    #[dataclass(default)]
    pub vendor: String,
    /// The region, such as `us-east-1`.
    #[dataclass(default)]
    pub region: String,
    /// `cpu`, `gpu`, `neuron`, ...
    pub accelerator: String,
    /// As `nvidia-l4`.
    pub instance_type: String,
    /// As `x1`.
    pub instance_size: String,
    /// The display name.
    pub architecture: String,
    /// Number of accelerators of a replica.
    pub num_accelerators: Option<u64>,
    /// Number of vCPU of a replica.
    pub num_cpus: Option<Number>,
    /// Memory of a replica, in GB.
    pub memory_gb: Option<Number>,
    /// Memory of a replica's GPUs together, in GB.
    pub gpu_memory_gb: Option<Number>,
    /// The cost of a replica, in US dollars an hour.
    pub price_per_hour: Option<Number>,
    /// `available`, `low_availability`, `not_available`, `reserved` or `deprecated`.
    pub status: String,
    /// How many of these accelerators the namespace may use.
    #[dataclass(wire = "quota.maxAccelerators")]
    pub max_accelerators: Option<u64>,
    /// How many of them it uses now.
    #[dataclass(wire = "quota.usedAccelerators")]
    pub used_accelerators: Option<u64>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// Hardware as the service lists it: by vendor and region.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct InferenceEndpointVendors {
    /// The vendors.
    pub vendors: Vec<InferenceEndpointVendor>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A vendor's hardware.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct InferenceEndpointVendor {
    /// Its name, as `aws`.
    pub name: String,
    /// By region.
    #[dataclass(default)]
    pub regions: Vec<InferenceEndpointRegion>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A region's hardware.
#[derive(Debug, Clone, PartialEq, Dataclass)]
#[non_exhaustive]
pub struct InferenceEndpointRegion {
    /// Its name, as `us-east-1`.
    pub name: String,
    /// The hardware.
    #[dataclass(default)]
    pub computes: Vec<InferenceEndpointHardware>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

impl InferenceEndpointVendors {
    /// Returns the hardware of all vendors and regions in one list.
    pub fn into_hardware(self) -> Vec<InferenceEndpointHardware> {
        let mut all = Vec::new();
        for vendor in self.vendors {
            for region in vendor.regions {
                for mut hardware in region.computes {
                    hardware.vendor.clone_from(&vendor.name);
                    hardware.region.clone_from(&region.name);
                    all.push(hardware);
                }
            }
        }
        all
    }
}

/// A model of the catalog, with the ways of deploying it that were tested.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct InferenceCatalogModel {
    /// The model's repository.
    pub repo_id: String,
    /// Its name without the author.
    #[dataclass(wire = "modelName")]
    pub name: String,
    /// Its author.
    #[dataclass(wire = "authorName")]
    pub author: String,
    /// Its licence.
    pub license: String,
    /// The description.
    pub task: String,
    /// The time at which it was added to the catalog.
    pub created_at: Option<Timestamp>,
    /// The recipes that were tested.
    pub recipes: Vec<InferenceCatalogRecipe>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}

/// A tested way of deploying a model.
#[derive(Debug, Clone, PartialEq, Eq, Dataclass)]
#[non_exhaustive]
pub struct InferenceCatalogRecipe {
    /// The id: the `recipe_id` of a deployment.
    #[dataclass(wire = "publicId")]
    pub id: String,
    /// `cpu`, `gpu`, `neuron`, ...
    pub accelerator: String,
    /// The engine, such as `vllm`.
    #[dataclass(wire = "engineType")]
    pub engine: String,
    /// The GGUF file that is deployed.
    pub gguf_file: Option<String>,
    /// The revision that is deployed.
    pub revision: Option<String>,
    /// The other members that the Hub sent.
    #[dataclass(extra)]
    pub extra: Extra,
}
