//! Which type decodes the response of which call, and how results are compared.

use std::fmt::Debug;

use hf_types::*;
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;
use serde_json::Value;

/// The Hub that the recorded attributes are from.
const ENDPOINT: &str = "http://hub.test:1234";

type Outcome = Result<Value, String>;

/// Decodes as `T`, writes it, reads that again, and gives what was written.
fn there_and_back<T>(body: &Value, fill: impl Fn(&mut T)) -> Outcome
where
    T: DeserializeOwned + Serialize + PartialEq + Debug,
{
    // Through text, as responses arrive: the value's own deserializer is laxer about borrowed strings.
    let text = body.to_string();
    let mut value: T = serde_json::from_str(&text).map_err(|err| err.to_string())?;
    fill(&mut value);
    let written = serde_json::to_value(&value).map_err(|err| err.to_string())?;
    let again: T = serde_json::from_str(&written.to_string())
        .map_err(|err| format!("{err}, when read back: {written}"))?;
    assert_eq!(again, value, "when read back");
    Ok(written)
}

fn plain<T: DeserializeOwned + Serialize + PartialEq + Debug>(body: &Value) -> Outcome {
    there_and_back::<T>(body, |_| {})
}

fn with_endpoint<T>(body: &Value) -> Outcome
where
    T: DeserializeOwned + Serialize + PartialEq + Debug + WithEndpoint,
{
    there_and_back::<T>(body, |value| value.set_endpoint(ENDPOINT))
}

/// Returns what the call `method` returns for this response; `None` if it gives no dataclass.
pub(crate) fn decode(method: &str, body: &Value) -> Option<Outcome> {
    Some(match method {
        "model_info" | "repo_info" => plain::<ModelInfo>(body),
        "list_models" => plain::<Vec<ModelInfo>>(body),
        "dataset_info" => plain::<DatasetInfo>(body),
        "list_datasets" => plain::<Vec<DatasetInfo>>(body),
        "space_info" => plain::<SpaceInfo>(body),
        "list_spaces" => plain::<Vec<SpaceInfo>>(body),
        "kernel_info" => plain::<KernelInfo>(body),
        "search_spaces" => plain::<Vec<SpaceSearchResult>>(body),
        "list_repo_tree"
        | "get_paths_info"
        | "snapshot_download"
        | "verify_repo_checksums"
        | "list_repo_files" => plain::<Vec<RepoTreeEntry>>(body),
        "list_repo_refs" => plain::<GitRefs>(body),
        "list_repo_commits" => plain::<Vec<GitCommitInfo>>(body),
        "list_lfs_files" => plain::<Vec<LFSFileInfo>>(body),
        "create_commit" | "upload_file" | "upload_folder" | "delete_file" | "delete_files"
        | "delete_folder" => there_and_back::<CommitInfo>(body, |commit| {
            commit.set_endpoint(ENDPOINT);
            commit.commit_message = "m".into();
            commit.commit_description = "d".into();
        }),
        "create_repo" => with_endpoint::<RepoUrl>(body),
        "duplicate_repo" => with_endpoint::<DuplicatedRepoUrl>(body),
        "create_bucket" => with_endpoint::<BucketUrl>(body),
        "get_space_runtime"
        | "request_space_hardware"
        | "pause_space"
        | "restart_space"
        | "set_space_sleep_time"
        | "enable_space_dev_mode"
        | "disable_space_dev_mode"
        | "wait_for_space" => plain::<SpaceRuntime>(body),
        "get_space_variables" | "add_space_variable" | "delete_space_variable" => {
            plain::<NamedMap<SpaceVariable>>(body)
        }
        "get_space_secrets" => plain::<NamedMap<SpaceSecret>>(body),
        "list_space_templates" => plain::<Vec<SpaceTemplate>>(&body["templates"]),
        "get_zero_gpu_quota" => plain::<ZeroGpuQuota>(body),
        "get_user_overview" => plain::<User>(body),
        "get_organization_overview" => plain::<Organization>(body),
        "list_user_followers"
        | "list_user_following"
        | "list_organization_followers"
        | "list_organization_members"
        | "list_repo_likers" => plain::<Vec<User>>(body),
        "list_user_repos" => plain::<Vec<RepoStorageInfo>>(body),
        "list_liked_repos" => plain::<Vec<Like>>(body).map(|likes| {
            let likes: Vec<Like> = serde_json::from_value(likes).unwrap();
            serde_json::to_value(UserLikes::new("u", &likes)).unwrap()
        }),
        "get_collection" | "create_collection" | "add_collection_item" => {
            with_endpoint::<Collection>(body)
        }
        "update_collection_metadata" => with_endpoint::<Collection>(&body["data"]),
        "list_collections" => there_and_back::<Vec<Collection>>(body, |list| {
            list.set_endpoint(ENDPOINT);
            for (position, collection) in (0..).zip(list.iter_mut()) {
                collection.position = Some(position);
            }
        }),
        "list_pending_access_requests"
        | "list_accepted_access_requests"
        | "list_rejected_access_requests" => plain::<Vec<AccessRequest>>(body),
        "list_webhooks" => plain::<Vec<WebhookInfo>>(body),
        "get_webhook" | "create_webhook" | "update_webhook" | "enable_webhook"
        | "disable_webhook" => plain::<WebhookInfo>(&body["webhook"]),
        "get_repo_discussions" => with_endpoint_of_page(body),
        "get_discussion_details" => with_endpoint::<DiscussionWithDetails>(body),
        "change_discussion_status" => plain::<DiscussionStatusChange>(&body["newStatus"]),
        "comment_discussion" => plain::<DiscussionEvent>(&body["newMessage"]),
        "edit_discussion_comment" | "hide_discussion_comment" => {
            plain::<DiscussionComment>(&body["updatedComment"])
        }
        "rename_discussion" => plain::<DiscussionEvent>(&body["newTitle"]),
        "inspect_job"
        | "run_job"
        | "run_uv_job"
        | "cancel_job"
        | "rerun_job"
        | "update_job_expose"
        | "update_job_labels"
        | "trigger_scheduled_job"
        | "wait_for_job" => with_endpoint::<JobInfo>(body),
        "list_jobs" => with_endpoint::<Vec<JobInfo>>(body),
        "create_scheduled_job"
        | "create_scheduled_uv_job"
        | "inspect_scheduled_job"
        | "update_scheduled_job_labels"
        | "update_scheduled_job_schedule" => plain::<ScheduledJobInfo>(body),
        "list_scheduled_jobs" => plain::<Vec<ScheduledJobInfo>>(body),
        "list_jobs_hardware" | "list_spaces_hardware" => plain::<Vec<JobHardwareInfo>>(body),
        "get_inference_endpoint"
        | "create_inference_endpoint"
        | "update_inference_endpoint"
        | "pause_inference_endpoint"
        | "resume_inference_endpoint"
        | "scale_to_zero_inference_endpoint" => inference_endpoint(body),
        "create_inference_endpoint_from_catalog" => inference_endpoint(&body["endpoint"]),
        "list_inference_endpoints" if body.get("items").is_some() => {
            there_and_back::<Vec<InferenceEndpoint>>(&body["items"], |list| {
                for endpoint in list {
                    endpoint.namespace = "user".into();
                }
            })
        }
        "list_inference_endpoints_hardware" => {
            plain::<InferenceEndpointVendors>(body).map(|vendors| {
                let vendors: InferenceEndpointVendors = serde_json::from_value(vendors).unwrap();
                serde_json::to_value(vendors.into_hardware()).unwrap()
            })
        }
        "list_inference_catalog" => plain::<Vec<InferenceCatalogModel>>(&body["items"]),
        "bucket_info" => plain::<BucketInfo>(body),
        "list_buckets" => plain::<Vec<BucketInfo>>(body),
        "list_bucket_tree" | "get_bucket_paths_info" => plain::<Vec<BucketTreeEntry>>(body),
        "list_dataset_parquet_files" if body.get("parquet_files").is_some() => {
            plain::<Vec<DatasetParquetEntry>>(&body["parquet_files"])
        }
        "get_dataset_leaderboard" => plain::<Vec<DatasetLeaderboardEntry>>(body),
        "list_papers" | "list_daily_papers" => plain::<Vec<PaperInfo>>(body),
        "paper_info" => plain::<PaperInfo>(body),
        "whoami" => plain::<WhoAmI>(body),
        "get_model_tags" | "get_dataset_tags" => plain::<TagsByType>(body),
        _ => return None,
    })
}

fn with_endpoint_of_page(body: &Value) -> Outcome {
    there_and_back::<DiscussionPage>(body, |page| page.discussions.set_endpoint(ENDPOINT))
        .map(|mut page| page["discussions"].take())
}

fn inference_endpoint(body: &Value) -> Outcome {
    there_and_back::<InferenceEndpoint>(body, |endpoint| endpoint.namespace = "user".into())
}
