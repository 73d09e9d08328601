//! Lists that are the same for all callers: hardware, templates, tags.
use serde_json::{Value, json};

const FLAVORS: &[(&str, &str, &str, &str)] = &[
    ("cpu-basic", "CPU Basic", "2 vCPU", "16 GB"),
    ("cpu-upgrade", "CPU Upgrade", "8 vCPU", "32 GB"),
    ("cpu-xl", "CPU XL", "16 vCPU", "124 GB"),
    ("zero-a10g", "Zero GPU", "4 vCPU", "30 GB"),
    ("t4-small", "Nvidia T4 - small", "4 vCPU", "15 GB"),
    ("t4-medium", "Nvidia T4 - medium", "8 vCPU", "30 GB"),
    ("l4x1", "1x Nvidia L4", "8 vCPU", "30 GB"),
    ("l4x4", "4x Nvidia L4", "48 vCPU", "186 GB"),
    ("l40sx1", "1x Nvidia L40S", "8 vCPU", "62 GB"),
    ("a10g-small", "Nvidia A10G - small", "4 vCPU", "15 GB"),
    ("a10g-large", "Nvidia A10G - large", "12 vCPU", "46 GB"),
    ("a100-large", "Nvidia A100 - large", "12 vCPU", "142 GB"),
    ("h100", "Nvidia H100", "23 vCPU", "240 GB"),
];

pub(super) fn has_hardware(name: &str) -> bool {
    FLAVORS.iter().any(|flavor| flavor.0 == name)
}

/// `GET /api/jobs/hardware` and `/api/spaces/hardware`
pub(super) fn hardware() -> Value {
    FLAVORS
        .iter()
        .enumerate()
        .map(|(place, (name, pretty, cpu, ram))| {
            let accelerator = (!name.starts_with("cpu")).then(|| {
                json!({
                    "type": "gpu", "model": pretty, "quantity": "1", "vram": "16 GB",
                    "manufacturer": "Nvidia",
                })
            });
            let micro = 167 * (place as u64 + 1);
            json!({
                "name": name, "prettyName": pretty, "cpu": cpu, "ram": ram,
                "ephemeralStorage": "50 GB", "accelerator": accelerator, "unitCostMicroUSD": micro,
                "unitCostUSD": f64::from(u32::try_from(micro).unwrap_or(u32::MAX)) / 1e6,
                "unitLabel": "minute",
            })
        })
        .collect()
}

/// `GET /api/spaces/templates`
pub(super) fn templates() -> Value {
    json!({"templates": [
        {"sdk": "docker", "name": "Streamlit", "repoId": "streamlit/streamlit-template-space", "preferredPrivate": false},
        {"sdk": "docker", "name": "JupyterLab", "repoId": "SpacesExamples/jupyterlab", "preferredPrivate": true},
    ]})
}

/// `GET /api/models-tags-by-type`
pub(super) fn model_tags() -> Value {
    json!({
        "region": [{"type": "region", "label": "Region: US", "id": "region:us"}],
        "license": [{"type": "license", "label": "apache-2.0", "id": "license:apache-2.0"}],
        "pipeline_tag": [{"type": "pipeline_tag", "label": "Text Generation", "subType": "nlp", "id": "text-generation"}],
        "library": [{"type": "library", "label": "Transformers", "id": "transformers"}],
        "language": [{"type": "language", "label": "English", "id": "en"}],
        "dataset": [{"type": "dataset", "label": "wikipedia", "id": "dataset:wikipedia"}],
        "other": [{"type": "other", "label": "Endpoints Compatible", "clickable": true, "id": "endpoints_compatible"}],
    })
}

/// `GET /api/datasets-tags-by-type`
pub(super) fn dataset_tags() -> Value {
    json!({
        "task_categories": [{"type": "task_categories", "label": "text-classification", "subType": "nlp", "id": "task_categories:text-classification"}],
        "size_categories": [{"type": "size_categories", "label": "n<1K", "id": "size_categories:n<1K"}],
        "license": [{"type": "license", "label": "mit", "id": "license:mit"}],
        "language": [{"type": "language", "label": "English", "id": "language:en"}],
        "region": [{"type": "region", "label": "Region: US", "id": "region:us"}],
    })
}
