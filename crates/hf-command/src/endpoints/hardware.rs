//! `hf endpoints hardware`.

use clap::Args;
use serde_json::{Value, json};

use super::NamespaceArgs;
use crate::failure::Done;
use crate::hub::Hub;
use crate::output::{Facts, Output};

#[derive(Debug, Args)]
pub(crate) struct HardwareArgs {
    /// List hardware of this cloud, such as `aws`.
    #[arg(long)]
    vendor: Option<String>,
    /// List hardware in this region, such as `us-east-1`.
    #[arg(long)]
    region: Option<String>,
    /// List hardware of this kind: `cpu`, `gpu`, `neuron`.
    #[arg(long)]
    accelerator: Option<String>,
    /// List hardware of this type, such as `nvidia-l4`.
    #[arg(long)]
    instance_type: Option<String>,
    /// List hardware that cannot be had now, too.
    #[arg(short, long)]
    all: bool,
    #[command(flatten)]
    namespace: NamespaceArgs,
}

const HARDWARE: &[&str] = &[
    "id",
    "vendor",
    "region",
    "accelerator",
    "instance_type",
    "instance_size",
    "architecture",
    "num_accelerators",
    "num_cpus",
    "memory_gb",
    "gpu_memory_gb",
    "price_per_hour",
    "status",
    "max_accelerators",
    "used_accelerators",
];

pub(super) async fn run(args: &HardwareArgs, output: Output) -> Done {
    let hub = Hub::connect(&args.namespace.token, output).await?;
    let arguments = json!({"namespace": args.namespace.namespace});
    let known = hub
        .call("list_inference_endpoints_hardware", arguments)
        .await?;
    let known = known.as_array().map(Vec::as_slice).unwrap_or_default();
    let filters = [
        ("vendor", &args.vendor),
        ("region", &args.region),
        ("accelerator", &args.accelerator),
        ("instance_type", &args.instance_type),
    ];
    let is = |hardware: &Value, name: &str, wanted: &str| {
        hardware[name]
            .as_str()
            .is_some_and(|known| known.eq_ignore_ascii_case(wanted))
    };
    let matches = |hardware: &&Value| {
        filters.iter().all(|(name, wanted)| {
            wanted
                .as_ref()
                .is_none_or(|wanted| is(hardware, name, wanted))
        })
    };
    let matching: Vec<_> = known.iter().filter(matches).collect();
    let mut listed: Vec<_> = matching
        .iter()
        .copied()
        .filter(|hardware| args.all || is_deployable(hardware))
        .collect();
    let text =
        |hardware: &Value, name: &str| hardware[name].as_str().unwrap_or_default().to_owned();
    listed.sort_by_key(|hardware| {
        let names = ["vendor", "region", "accelerator", "instance_type"];
        (
            names.map(|name| text(hardware, name)),
            hardware["num_accelerators"].as_u64(),
        )
    });
    let row = |hardware: &&Value| {
        let mut row = Facts::fields(hardware, HARDWARE);
        let quota = format!(
            "{}/{}",
            hardware["used_accelerators"], hardware["max_accelerators"]
        );
        row.set("quota", quota);
        row
    };
    let columns = [
        "vendor",
        "region",
        "accelerator",
        "instance_type",
        "instance_size",
        "memory_gb",
        "gpu_memory_gb",
        "price_per_hour",
        "quota",
        "status",
    ];
    hub.table(listed.iter().map(row).collect(), &columns, "id")?;
    if let Some(hardware) = listed.iter().find(|hardware| is_deployable(hardware)) {
        output.hint(&format!(
            "`hf endpoints deploy NAME --repo REPO --framework FRAMEWORK --vendor {} --region {} --accelerator {} \
             --instance-type {} --instance-size {}` deploys on one",
            text(hardware, "vendor"),
            text(hardware, "region"),
            text(hardware, "accelerator"),
            text(hardware, "instance_type"),
            text(hardware, "instance_size"),
        ));
    } else if !listed.is_empty() {
        output.hint("none of these can be had now: see the columns QUOTA and STATUS");
    } else if !matching.is_empty() {
        output.hint("--all lists hardware that cannot be had now, too");
    } else {
        output.hint(&no_match(known, &filters));
    }
    Ok(())
}

/// Whether one replica can be deployed on it now.
fn is_deployable(hardware: &Value) -> bool {
    let number = |name: &str| hardware[name].as_u64().unwrap_or(0);
    let is_offered = !matches!(
        hardware["status"].as_str(),
        Some("deprecated" | "not_available")
    );
    is_offered
        && number("max_accelerators").saturating_sub(number("used_accelerators"))
            >= number("num_accelerators")
}

/// Names the filter that no hardware has, and the values that it may have.
fn no_match(known: &[Value], filters: &[(&str, &Option<String>)]) -> String {
    for (name, wanted) in filters {
        let Some(wanted) = wanted else { continue };
        let mut values: Vec<_> = known
            .iter()
            .filter_map(|hardware| hardware[*name].as_str())
            .collect();
        values.sort_unstable();
        values.dedup();
        if !values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(wanted))
        {
            let option = name.replace('_', "-");
            return format!(
                "no hardware has --{option} {wanted}; there are {}",
                values.join(", ")
            );
        }
    }
    "no hardware has all of these; drop one filter".to_owned()
}
