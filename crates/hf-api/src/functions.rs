//! The free functions at the root of the crate.
//!
//! They are hidden from the front page, as there are too many of them; each is
//! documented in its module of [`calls`](crate::calls).

/// Re-exports the function of each call at the root of the crate.
macro_rules! root_functions {
    ($($module:ident: $($name:ident),+;)+) => {
        $(#[doc(hidden)]
        pub use crate::calls::$module::{$($name),+};)+

        #[cfg(all(test, feature = "by-name"))]
        const NAMES: &[&str] = &[$($(stringify!($name)),+),+];
    };
}

root_functions! {
    repos: create_repo, delete_repo, repo_info;
    repo_settings: move_repo, update_repo_settings, auth_check, repo_exists, revision_exists;
    duplicate: duplicate_repo;
    refs: list_repo_refs, create_branch, delete_branch, create_tag, delete_tag;
    commits: list_repo_commits, super_squash_history;
    files: list_repo_tree, file_exists, list_repo_files, get_paths_info;
    lfs: list_lfs_files, permanently_delete_lfs_files;
    access_requests: list_pending_access_requests, list_accepted_access_requests, list_rejected_access_requests, accept_access_request, cancel_access_request, reject_access_request, grant_access;
    likes: unlike, list_liked_repos, list_repo_likers;
    models: model_info, list_models;
    datasets: dataset_info, list_datasets;
    spaces: space_info, list_spaces, list_space_templates;
    kernels: kernel_info;
    tags: get_model_tags, get_dataset_tags;
    downloads: hf_hub_download, snapshot_download, get_hf_file_metadata;
    resolve: resolve_revision, verify_repo_checksums;
    safetensors_metadata: parse_safetensors_file_metadata, get_safetensors_metadata, get_sharded_safetensors_metadata;
    uploads: create_commit, delete_file, delete_folder, delete_files, upload_file, upload_folder, preupload_lfs_files;
    copies: copy_files;
    attachments: upload_attachment;
    discussions: get_repo_discussions, get_discussion_details, create_discussion, create_pull_request;
    discussion_changes: comment_discussion, edit_discussion_comment, hide_discussion_comment, rename_discussion, change_discussion_status, merge_pull_request;
    collections: get_collection, list_collections, create_collection, update_collection_metadata, update_collection_resource_group, delete_collection;
    collection_items: add_collection_item, update_collection_item, delete_collection_item;
    papers: list_papers, list_daily_papers, paper_info, read_paper;
    users: whoami;
    people: get_user_overview, get_organization_overview, list_user_followers, list_user_following, list_organization_members, list_organization_followers, list_user_repos, get_full_repo_name;
    webhooks: create_webhook, get_webhook, list_webhooks, update_webhook, enable_webhook, disable_webhook, delete_webhook;
    dataset_viewer: list_dataset_parquet_files, get_dataset_leaderboard;
    space_runtime: get_space_runtime, wait_for_space, request_space_hardware, set_space_sleep_time, pause_space, restart_space, enable_space_dev_mode, disable_space_dev_mode;
    space_hardware: list_spaces_hardware, get_zero_gpu_quota;
    space_settings: add_space_secret, delete_space_secret, get_space_secrets, get_space_variables, add_space_variable, delete_space_variable, set_space_volumes, delete_space_volumes;
    space_logs: fetch_space_logs;
    space_search: search_spaces;
    buckets: create_bucket, bucket_info, list_buckets, delete_bucket, move_bucket, update_bucket_settings;
    bucket_batch: batch_bucket_files;
    bucket_files: list_bucket_tree, get_bucket_paths_info, download_bucket_files, get_bucket_file_metadata;
    bucket_sync: sync_bucket;
    job_hardware: list_jobs_hardware;
    jobs: run_job, inspect_job, rerun_job, update_job_labels, update_job_expose, cancel_job, list_jobs;
    uv_jobs: run_uv_job, create_scheduled_uv_job;
    scheduled_jobs: create_scheduled_job, list_scheduled_jobs, inspect_scheduled_job, delete_scheduled_job, suspend_scheduled_job, resume_scheduled_job, trigger_scheduled_job, update_scheduled_job_labels, update_scheduled_job_schedule;
    wait_for_job: wait_for_job;
    job_logs: fetch_job_logs, fetch_job_metrics;
    job_volumes: sync_job_volume;
    inference_endpoints: list_inference_endpoints, get_inference_endpoint, delete_inference_endpoint, pause_inference_endpoint, resume_inference_endpoint, scale_to_zero_inference_endpoint;
    inference_hardware: list_inference_endpoints_hardware;
    create_inference_endpoint: create_inference_endpoint;
    update_inference_endpoint: update_inference_endpoint;
    inference_catalog: list_inference_catalog, create_inference_endpoint_from_catalog;
}

#[cfg(all(test, feature = "by-name"))]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_call_has_a_function_at_the_root() {
        let calls: BTreeSet<&str> = crate::by_name::methods().map(|spec| spec.name).collect();
        let functions: BTreeSet<&str> = super::NAMES.iter().copied().collect();
        assert_eq!(calls, functions);
    }
}
