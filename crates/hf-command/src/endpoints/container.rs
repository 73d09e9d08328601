//! The container of an endpoint, from options.

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::listing::soft_choices;

/// The engines, and what the service calls their images.
const ENGINES: [(&str, &str); 9] = [
    ("custom", "custom"),
    ("hf-serve", "hfServe"),
    ("llamacpp", "llamacpp"),
    ("sglang", "sGLang"),
    ("tei", "tei"),
    ("tgi", "tgi"),
    ("tgi-neuron", "tgiNeuron"),
    ("vllm", "vLLM"),
    ("vllm-neuron", "vLLMNeuron"),
];
const NAMES: &[&str] = &[
    "custom",
    "hf-serve",
    "llamacpp",
    "sglang",
    "tei",
    "tgi",
    "tgi-neuron",
    "vllm",
    "vllm-neuron",
];

#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "they are the names of the options"
)]
pub(super) struct ContainerArgs {
    /// The Docker image to run, with `--framework custom`.
    #[arg(long, value_name = "URL")]
    pub(super) custom_image: Option<String>,
    /// The engine that is in the image. By default, it is any container.
    #[arg(long, requires = "custom_image", value_parser = soft_choices(NAMES))]
    engine: Option<String>,
    /// The path that tells whether the container is well, such as `/health`.
    #[arg(long, requires = "custom_image")]
    health_route: Option<String>,
    /// The port that the container listens on.
    #[arg(long, requires = "custom_image")]
    port: Option<u16>,
    /// The number of accelerators that share one copy of the model (vLLM and SGLang).
    #[arg(long)]
    pub(super) tensor_parallel_size: Option<u64>,
    /// The number of copies of the model (vLLM).
    #[arg(long)]
    pub(super) data_parallel_size: Option<u64>,
    /// The command to run in the container, as one text; an empty one clears it.
    #[arg(long)]
    pub(super) container_command: Option<String>,
    /// The arguments of the command, as one text; an empty one clears them.
    #[arg(long, allow_hyphen_values = true)]
    pub(super) container_args: Option<String>,
}

impl ContainerArgs {
    /// Returns the image as the service wants it, or null without `--custom-image`.
    pub(super) fn image(&self) -> Result<Value, Failure> {
        let Some(url) = &self.custom_image else {
            return Ok(Value::Null);
        };
        let sizes = [
            ("tensorParallelSize", self.tensor_parallel_size),
            ("dataParallelSize", self.data_parallel_size),
        ];
        let mut image = json!({"url": url});
        if let Some(route) = &self.health_route {
            image["healthRoute"] = json!(route);
        }
        if let Some(port) = self.port {
            image["port"] = json!(port);
        }
        let Some(engine) = &self.engine else {
            // The service would drop the sizes without a word.
            if sizes.iter().any(|(_, size)| size.is_some()) {
                return Err(Failure::usage(
                    "--tensor-parallel-size and --data-parallel-size need --engine, such as --engine vllm",
                ));
            }
            return Ok(image);
        };
        for (name, size) in sizes {
            if let Some(size) = size {
                image[name] = json!(size);
            }
        }
        let known = ENGINES.iter().find(|(name, _)| name == engine);
        Ok(json!({ known.map_or(engine.as_str(), |(_, key)| key): image }))
    }

    pub(super) fn has_engine(&self) -> bool {
        self.engine.is_some()
    }
}
