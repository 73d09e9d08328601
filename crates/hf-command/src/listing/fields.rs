//! The attributes of Python's dataclasses, in their order.

use super::Kind;

pub(crate) const MODEL: Kind = Kind {
    name: "model",
    title: "Model",
    fields: &[
        "id",
        "author",
        "base_models",
        "card_data",
        "children_model_count",
        "config",
        "created_at",
        "disabled",
        "downloads",
        "downloads_all_time",
        "eval_results",
        "gated",
        "gguf",
        "inference",
        "inference_provider_mapping",
        "last_modified",
        "library_name",
        "likes",
        "mask_token",
        "model_index",
        "pipeline_tag",
        "private",
        "resource_group",
        "safetensors",
        "security_repo_status",
        "sha",
        "siblings",
        "spaces",
        "tags",
        "transformers_info",
        "trending_score",
        "used_storage",
        "widget_data",
    ],
};

pub(crate) const DATASET: Kind = Kind {
    name: "dataset",
    title: "Dataset",
    fields: &[
        "id",
        "author",
        "card_data",
        "citation",
        "created_at",
        "description",
        "disabled",
        "downloads",
        "downloads_all_time",
        "gated",
        "last_modified",
        "likes",
        "main_size",
        "paperswithcode_id",
        "private",
        "resource_group",
        "sha",
        "siblings",
        "tags",
        "trending_score",
        "used_storage",
    ],
};

pub(crate) const SPACE: Kind = Kind {
    name: "space",
    title: "Space",
    fields: &[
        "id",
        "author",
        "card_data",
        "created_at",
        "datasets",
        "disabled",
        "gated",
        "host",
        "last_modified",
        "likes",
        "models",
        "private",
        "region",
        "resource_group",
        "runtime",
        "sdk",
        "sha",
        "siblings",
        "subdomain",
        "tags",
        "trending_score",
        "used_storage",
    ],
};

/// What is printed of a file or folder of a bucket.
pub(crate) const BUCKET_FILE: &[&str] =
    &["type", "path", "size", "xet_hash", "mtime", "uploaded_at"];

/// A file of a repository's tree.
pub(super) const FILE: &[&str] = &[
    "path",
    "size",
    "blob_id",
    "lfs",
    "xet_hash",
    "last_commit",
    "security",
    "tree_id",
];
