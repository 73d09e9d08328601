//! `hf endpoints deploy` and `hf endpoints update`.

use clap::Args;
use hf_api::types::InferenceEndpointType;
use serde_json::{Value, json};

use super::container::ContainerArgs;
use super::{NamespaceArgs, print, words};
use crate::failure::{Done, Failure};
use crate::hub::Hub;
use crate::listing::soft_choices;
use crate::output::Output;
use crate::variables::{EnvArgs, SecretArgs};

#[derive(Debug, Args)]
pub(crate) struct DeployArgs {
    /// The name of the new endpoint.
    name: String,
    /// The model: `user/name`.
    #[arg(long, value_parser = crate::args::repo_id)]
    repo: String,
    /// The framework of the model: `pytorch`, `custom`, ...
    #[arg(long)]
    framework: String,
    /// The kind of hardware: `cpu`, `gpu`, `neuron`.
    #[arg(long)]
    accelerator: String,
    /// The size of the instance, such as `x4`.
    #[arg(long)]
    instance_size: String,
    /// The type of the instance, such as `intel-icl`.
    #[arg(long)]
    instance_type: String,
    /// The region of the cloud, such as `us-east-1`.
    #[arg(long)]
    region: String,
    /// The cloud, such as `aws`.
    #[arg(long)]
    vendor: String,
    /// The task of the model, such as `text-generation`.
    #[arg(long)]
    task: Option<String>,
    /// The least number of replicas.
    #[arg(long, default_value_t = 1)]
    min_replica: u64,
    /// The greatest number of replicas.
    #[arg(long, default_value_t = 1)]
    max_replica: u64,
    #[command(flatten)]
    scaling: ScalingArgs,
    /// The branch, tag or commit of the model.
    #[arg(long)]
    revision: Option<String>,
    #[command(flatten)]
    container: ContainerArgs,
    /// The user name for the registry of the image.
    #[arg(long, requires = "custom_image", conflicts_with = "engine")]
    container_registry_username: Option<String>,
    /// The password of that user.
    #[arg(long, requires = "container_registry_username")]
    container_registry_password: Option<String>,
    #[command(flatten)]
    env: EnvArgs,
    #[command(flatten)]
    secrets: SecretArgs,
    /// Who may use it. By default, those with a token.
    #[arg(long = "type", value_name = "TYPE", value_parser = soft_choices(InferenceEndpointType::KNOWN))]
    endpoint_type: Option<String>,
    #[command(flatten)]
    namespace: NamespaceArgs,
}

#[derive(Debug, Args)]
struct ScalingArgs {
    /// The minutes without requests after which no replica runs.
    #[arg(long)]
    scale_to_zero_timeout: Option<u64>,
    /// What decides about more replicas.
    #[arg(long, value_parser = ["pendingRequests", "hardwareUsage"])]
    scaling_metric: Option<String>,
    /// The value at which there are more replicas.
    #[arg(long)]
    scaling_threshold: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct UpdateArgs {
    /// The endpoint.
    name: String,
    /// The model: `user/name`.
    #[arg(long, value_parser = crate::args::repo_id)]
    repo: Option<String>,
    /// The framework of the model: `pytorch`, `custom`, ...
    #[arg(long)]
    framework: Option<String>,
    /// The kind of hardware: `cpu`, `gpu`, `neuron`.
    #[arg(long)]
    accelerator: Option<String>,
    /// The size of the instance, such as `x4`.
    #[arg(long)]
    instance_size: Option<String>,
    /// The type of the instance, such as `intel-icl`.
    #[arg(long)]
    instance_type: Option<String>,
    /// The task of the model, such as `text-generation`.
    #[arg(long)]
    task: Option<String>,
    /// The least number of replicas.
    #[arg(long)]
    min_replica: Option<u64>,
    /// The greatest number of replicas.
    #[arg(long)]
    max_replica: Option<u64>,
    #[command(flatten)]
    scaling: ScalingArgs,
    /// The branch, tag or commit of the model.
    #[arg(long)]
    revision: Option<String>,
    #[command(flatten)]
    container: ContainerArgs,
    #[command(flatten)]
    namespace: NamespaceArgs,
}

pub(super) async fn deploy(args: &DeployArgs, output: Output) -> Done {
    let container = &args.container;
    let has_size =
        container.tensor_parallel_size.is_some() || container.data_parallel_size.is_some();
    if has_size && !container.has_engine() {
        return Err(Failure::usage(
            "--tensor-parallel-size and --data-parallel-size need --custom-image and --engine",
        ));
    }
    let image = container.image()?;
    let split = |text: &Option<String>, option: &str| match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => words(text, option).map(Some),
    };
    let command = split(&container.container_command, "--container-command")?;
    let container_args = split(&container.container_args, "--container-args")?;
    let hub = Hub::connect(&args.namespace.token, output).await?;
    let env = args.env.read(&hub.api, output)?;
    let secrets = args.secrets.read(&hub.api, output)?;
    let mut arguments = json!({
        "name": args.name,
        "repository": args.repo,
        "framework": args.framework,
        "accelerator": args.accelerator,
        "instance_size": args.instance_size,
        "instance_type": args.instance_type,
        "region": args.region,
        "vendor": args.vendor,
        "task": args.task,
        "min_replica": args.min_replica,
        "max_replica": args.max_replica,
        "revision": args.revision,
        "custom_image": image,
        "container_registry_username": args.container_registry_username,
        "container_registry_password": args.container_registry_password,
        "container_command": command,
        "container_args": container_args,
        "env": env.to_json(),
        "secrets": secrets.to_json(),
        "type": args.endpoint_type,
        "namespace": args.namespace.namespace,
    });
    set_scaling(&mut arguments, &args.scaling);
    let endpoint = hub.call("create_inference_endpoint", arguments).await?;
    print(&hub, &endpoint)?;
    output.hint(&format!(
        "`hf endpoints describe {}` shows how it does",
        args.name
    ));
    Ok(())
}

pub(super) async fn update(args: &UpdateArgs, output: Output) -> Done {
    let container = &args.container;
    let image = container.image()?;
    let split = |text: &Option<String>, option: &str| {
        text.as_ref().map(|text| words(text, option)).transpose()
    };
    let command = split(&container.container_command, "--container-command")?;
    let container_args = split(&container.container_args, "--container-args")?;
    // In a new image, the sizes are part of it.
    let size = |size: Option<u64>| size.filter(|_| image.is_null());
    let hub = Hub::connect(&args.namespace.token, output).await?;
    let mut arguments = json!({
        "name": args.name,
        "repository": args.repo,
        "framework": args.framework,
        "accelerator": args.accelerator,
        "instance_size": args.instance_size,
        "instance_type": args.instance_type,
        "task": args.task,
        "min_replica": args.min_replica,
        "max_replica": args.max_replica,
        "revision": args.revision,
        "custom_image": image,
        "container_command": command,
        "container_args": container_args,
        "tensor_parallel_size": size(container.tensor_parallel_size),
        "data_parallel_size": size(container.data_parallel_size),
        "namespace": args.namespace.namespace,
    });
    set_scaling(&mut arguments, &args.scaling);
    print(
        &hub,
        &hub.call("update_inference_endpoint", arguments).await?,
    )
}

fn set_scaling(arguments: &mut Value, scaling: &ScalingArgs) {
    arguments["scale_to_zero_timeout"] = json!(scaling.scale_to_zero_timeout);
    arguments["scaling_metric"] = json!(scaling.scaling_metric);
    arguments["scaling_threshold"] = json!(scaling.scaling_threshold);
}
