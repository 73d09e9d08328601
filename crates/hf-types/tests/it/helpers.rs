//! What the dataclasses can do beside being read, and those that are made here and not by the Hub.

use hf_types::*;
use proptest::option::of;
use proptest::prelude::*;
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;
use serde_json::{Map, json};

fn reads_back<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

#[test]
fn a_commit_knows_its_repo_and_pull_request() {
    let commit: CommitInfo = serde_json::from_value(json!({
        "commitUrl": "https://huggingface.co/datasets/user/data/commit/abc",
        "commitOid": "607a30d783dfa663caf39e06633721c8d4cfcd7e",
        "pullRequestUrl": "https://huggingface.co/datasets/user/data/discussions/12",
    }))
    .unwrap();
    assert_eq!(commit.pr_num(), Some(12));
    assert_eq!(commit.pr_revision().unwrap(), "refs/pr/12");
    assert_eq!(commit.commit_hash().unwrap(), commit.oid.as_str());
    let url = commit.repo_url().unwrap();
    assert_eq!(
        (url.repo_type(), url.repo_id().as_str()),
        (RepoType::Dataset, "user/data")
    );
    let mut elsewhere = commit;
    "https://example.com/x".clone_into(&mut elsewhere.commit_url);
    elsewhere.pr_url = Some("https://example.com/discussions/x".to_owned());
    assert_eq!((elsewhere.repo_url(), elsewhere.pr_num()), (None, None));
}

#[test]
fn a_discussion_knows_its_pages() {
    let mut discussion: Discussion = serde_json::from_value(json!({
        "title": "t", "status": "open", "num": 3, "repo": {"name": "user/app", "type": "space"},
        "isPullRequest": true, "createdAt": "2026-01-01T00:00:00Z",
    }))
    .unwrap();
    discussion.set_endpoint("http://hub.test");
    assert_eq!(
        discussion.url(),
        "http://hub.test/spaces/user/app/discussions/3"
    );
    assert_eq!(
        discussion.diff_url().unwrap(),
        "http://hub.test/spaces/user/app/discussions/3/files.diff"
    );
    assert_eq!(discussion.git_reference().unwrap(), "refs/pr/3");
    assert_eq!(discussion.author, "deleted");
    discussion.is_pull_request = false;
    assert_eq!(
        (discussion.diff_url(), discussion.git_reference()),
        (None, None)
    );
}

#[test]
fn payloads_have_the_hubs_names_and_only_what_is_set() {
    let mut volume = Volume::new(VolumeType::Dataset, "user/data", "/data");
    assert_eq!(
        volume.to_payload(),
        json!({"type": "dataset", "source": "user/data", "mountPath": "/data"})
    );
    volume.revision = Some("v1".into());
    volume.read_only = Some(true);
    volume.path = Some("sub".into());
    assert_eq!(
        volume.to_payload(),
        json!({"type": "dataset", "source": "user/data", "mountPath": "/data", "revision": "v1",
               "readOnly": true, "path": "sub"})
    );
    assert_eq!(
        volume.to_mount().unwrap().to_uri(),
        "hf://datasets/user/data@v1/sub:/data:ro"
    );
    volume.mount_path = "data".into();
    assert!(
        volume
            .to_mount()
            .unwrap_err()
            .to_string()
            .contains("absolute")
    );
    reads_back(&volume);

    let mut entry: EvalResultEntry = serde_json::from_value(
        json!({"dataset": {"id": "cais/hle", "task_id": "default"}, "value": 20.9}),
    )
    .unwrap();
    assert_eq!(
        entry.to_file_entry(),
        json!({"dataset": {"id": "cais/hle", "task_id": "default"}, "value": 20.9})
    );
    entry.dataset_revision = Some("r".into());
    entry.verify_token = Some("v".into());
    entry.source_url = Some("u".into());
    entry.source_org = Some("o".into());
    entry.notes = Some("n".into());
    let file_entry = entry.to_file_entry();
    assert_eq!(
        file_entry,
        json!({"dataset": {"id": "cais/hle", "task_id": "default", "revision": "r"}, "value": 20.9,
               "verifyToken": "v", "source": {"url": "u", "org": "o"}, "notes": "n"})
    );
    assert_eq!(
        serde_json::from_value::<EvalResultEntry>(file_entry).unwrap(),
        entry
    );
}

#[test]
fn endpoints_tell_whether_to_wait() {
    let endpoint = |state: &str, url: Option<&str>| -> InferenceEndpoint {
        serde_json::from_value(json!({
            "name": "n", "type": "protected", "healthRoute": "/health", "model": {"repository": "gpt2"},
            "status": {"state": state, "url": url, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"},
        }))
        .unwrap()
    };
    let up = endpoint("running", Some("https://x/"));
    assert!(up.is_running() && !up.is_failed());
    assert_eq!(up.health_url().unwrap(), "https://x/health");
    assert!(!endpoint("running", None).is_running());
    assert!(endpoint("updateFailed", None).is_failed() && endpoint("failed", None).is_failed());
    assert!(!endpoint("pending", None).is_failed());
}

#[test]
fn a_plan_is_summed_up() {
    let operation = |action: SyncAction, size| {
        let mut operation = SyncOperation::new(action, "p", "new file");
        operation.size = size;
        operation
    };
    let operations = vec![
        operation(SyncAction::Upload, Some(5)),
        operation(SyncAction::Download, None),
        operation(SyncAction::Delete, Some(7)),
        operation(SyncAction::Skip, Some(9)),
        operation("dance".into(), Some(11)),
    ];
    let plan = SyncPlan::new(
        "/data",
        "hf://buckets/user/b",
        "2026-01-01T00:00:00Z",
        operations,
    );
    assert_eq!(
        serde_json::to_value(plan.summary()).unwrap(),
        json!({"uploads": 1, "downloads": 1, "deletes": 1, "skips": 1, "total_size": 5})
    );
    reads_back(&plan);
}

#[test]
fn checked_values_and_their_texts_are_arguments_alike() {
    fn take(
        id: impl TryInto<RepoId, Error: Into<ValidationError>>,
    ) -> Result<RepoId, ValidationError> {
        id.try_into().map_err(Into::into)
    }
    let id = take("user/name").unwrap();
    assert_eq!(take(&id).unwrap(), id);
    assert_eq!(take(id.clone()).unwrap(), id);
    assert_eq!(take("user/name".to_owned()).unwrap(), id);
    let text = "user/name".to_owned();
    assert_eq!(take(&text).unwrap(), id);
    assert!(take("user//name").is_err());
}

#[test]
fn what_has_no_field_can_be_changed() {
    let mut extra = Extra::from(vec![
        ("b".into(), json!(1)),
        ("a".into(), json!(2)),
        ("b".into(), json!(3)),
    ]);
    assert_eq!(
        extra.iter().collect::<Vec<_>>(),
        [("a", &json!(2)), ("b", &json!(3))]
    );
    assert_eq!(extra.insert("c", json!(4)), None);
    assert_eq!(extra.insert("a", json!(5)), Some(json!(2)));
    *extra.get_mut("b").unwrap() = json!(6);
    assert_eq!(extra.remove("c"), Some(json!(4)));
    assert_eq!(extra.remove("c"), None);
    assert_eq!(
        serde_json::to_value(&extra).unwrap(),
        json!({"a": 5, "b": 6})
    );
    assert_eq!(Extra::from(Map::from(extra.clone())), extra);
    assert!(extra.get("x").is_none() && extra["x"].is_null() && !extra.is_empty());
}

proptest! {
    #[test]
    fn what_is_made_here_reads_back(
        text in ".{0,12}",
        other in of(".{0,12}"),
        size in of(any::<u64>()),
        flag: bool,
        list in proptest::collection::vec(".{0,6}", 0..3),
        ms in 0_i64..4_000_000_000_000,
    ) {
        let xet = XetFileData::new(text.clone(), text.clone());
        let hash = other.as_ref().map(|_| "1".repeat(40).parse().unwrap());
        let etag = other.as_ref().map(|_| "2".repeat(64).parse().unwrap());
        let mut metadata = HfFileMetadata::new(text.clone());
        metadata.commit_hash = hash;
        metadata.etag = etag;
        metadata.size = size;
        metadata.xet_file_data = flag.then(|| xet.clone());
        reads_back(&metadata);
        reads_back(&BucketFileMetadata::new(size.unwrap_or(0), xet));
        let mut plan = DryRunFileInfo::new("0".repeat(40).parse().unwrap(), text.clone(), text.clone());
        plan.file_size = size;
        plan.is_cached = flag;
        plan.will_download = !flag;
        reads_back(&plan);
        let mut verification = FolderVerification::new(text.clone(), text.clone());
        verification.checked_count = size.unwrap_or(0);
        verification.mismatches = vec![Mismatch::new(text.clone(), "sha256", text.clone(), "")];
        verification.missing_paths = list.clone();
        verification.extra_paths = list.clone();
        prop_assert!(!verification.is_intact());
        reads_back(&verification);
        let mut likes = UserLikes::default();
        likes.user = text.clone();
        likes.total = 3;
        likes.datasets = list.clone();
        likes.kernels = list;
        reads_back(&likes);
        let mut secret = SpaceKeyValue::new(text.clone(), text);
        secret.description = other;
        reads_back(&secret);
        reads_back(&Timestamp::from_millisecond(ms).unwrap());
        reads_back(&ResolvedRevision::new(flag.then(Revision::default), CommitHash::from([7; 20])));
    }
}
