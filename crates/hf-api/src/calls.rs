//! All calls, in a module for each subject of the Hub.
//!
//! A module has the struct of each call (`models::ModelInfoCall`), whose page
//! lists its setters, and a free function that makes it on the default client
//! (`models::model_info`); [`HfApi`](crate::HfApi) has a method of the same name.
//!
//! Python's `run_as_future` has no counterpart: each call is a future already,
//! and `tokio::spawn(call.send())` runs it in the background.

// Repositories.
pub mod access_requests;
pub mod commits;
pub mod datasets;
pub mod duplicate;
pub mod files;
pub mod kernels;
pub mod lfs;
pub mod likes;
pub mod models;
pub mod refs;
pub mod repo_settings;
pub mod repos;
pub mod spaces;
pub mod tags;

// Files.
pub mod attachments;
pub mod copies;
pub mod downloads;
pub mod open_file;
pub mod resolve;
pub mod safetensors_metadata;
pub mod uploads;

// Community.
pub mod collection_items;
pub mod collections;
pub mod dataset_viewer;
pub mod discussion_changes;
pub mod discussions;
pub mod papers;
pub mod people;
pub mod users;
pub mod webhooks;

// Spaces.
pub mod space_hardware;
pub mod space_logs;
pub mod space_runtime;
pub mod space_search;
pub mod space_settings;

// Buckets.
pub mod bucket_batch;
pub mod bucket_files;
pub mod bucket_sync;
pub mod buckets;

// Jobs.
pub mod job_hardware;
pub mod job_logs;
pub mod job_volumes;
pub mod jobs;
pub mod scheduled_jobs;
pub mod uv_jobs;
pub mod wait_for_job;

// Inference Endpoints.
pub mod create_inference_endpoint;
pub mod inference_catalog;
pub mod inference_endpoint_ext;
pub mod inference_endpoints;
pub mod inference_hardware;
pub mod update_inference_endpoint;

// Helpers that the calls of several subjects share.
mod event_log;
mod inference_endpoint_body;
mod job_spec;
mod log_cursor;
mod poll;
mod support;
