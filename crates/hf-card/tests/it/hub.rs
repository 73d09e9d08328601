//! Cards on the Hub: read, validated, pushed and updated.

use hf_api::commit::CommitOutcome;
use hf_api::{ErrorKind, HfApi};
use hf_card::hub::MetadataUpdate;
use hf_card::{EvalResult, Map, ModelCard, RepoCard, SpaceCard, Value, metadata_eval_result};
use hf_testhub::{Fault, RecordedRequest, RepoName, RepoType, TestHub};
use http::Method;

struct World {
    hub: TestHub,
    api: HfApi,
    repo: RepoName,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new(kind: RepoType, readme: Option<&str>) -> Self {
        let hub = TestHub::start().await;
        let repo = hub.create_repo(kind, "user/repo");
        if let Some(readme) = readme {
            hub.add_file(repo.clone(), "README.md", readme);
        }
        let folder = tempfile::tempdir().unwrap();
        let mut config = hf_api::transport::Config::from_env().unwrap();
        config.hf_home = folder.path().join("home");
        config.hub_cache = folder.path().join("cache");
        let api = HfApi::builder()
            .client(|client| client.config(config))
            .endpoint(hub.endpoint())
            .token(hub.token())
            .build()
            .unwrap();
        Self {
            hub,
            api,
            repo,
            _folder: folder,
        }
    }

    fn readme(&self, revision: &str) -> String {
        let bytes = self
            .hub
            .read(self.repo.clone(), revision, "README.md")
            .expect("there is one");
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn commits(&self) -> usize {
        self.hub.count_requests(is_commit)
    }
}

fn is_commit(request: &RecordedRequest) -> bool {
    request.method == "POST" && request.path.contains("/commit/")
}

fn metadata(key: &str, value: impl Into<Value>) -> Map {
    Map::from_iter([(key.to_owned(), value.into())])
}

#[tokio::test]
async fn a_card_is_read_changed_and_pushed() {
    let world = World::new(
        RepoType::Model,
        Some("---\n# why\nlicense: mit\n---\n# Model\n"),
    )
    .await;
    let mut card = ModelCard::from_hub(&world.api, "user/repo").await.unwrap();
    assert_eq!(card.data().unwrap().license.as_deref(), Some("mit"));
    card.set("license", "apache-2.0").unwrap();
    let outcome = card
        .push_to_hub(&world.api, "user/repo")
        .commit_message("Change the license")
        .await
        .unwrap();
    assert!(matches!(outcome, CommitOutcome::Created(_)));
    assert_eq!(
        world.readme("main"),
        "---\n# why\nlicense: apache-2.0\n---\n# Model\n"
    );
    assert_eq!(
        world.hub.commits(world.repo.clone(), "main")[0].title,
        "Change the license"
    );
    // The Hub validates what it gets once.
    assert_eq!(
        world
            .hub
            .count_requests(|request| request.path == "/api/validate-yaml"),
        1
    );
}

#[tokio::test]
async fn the_hub_says_what_is_wrong_with_a_card() {
    let world = World::new(RepoType::Model, None).await;
    let card = ModelCard::parse("---\nlicense: not a license\n---\n").unwrap();
    let error = card.validate(&world.api).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(
        error.to_string().contains("\"license\" must be one of"),
        "{error}"
    );
    let error = card.push_to_hub(&world.api, "user/repo").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(world.commits(), 0);
    let warnings = ModelCard::parse("# Model")
        .unwrap()
        .validate(&world.api)
        .await
        .unwrap();
    assert_eq!(warnings, ["empty or missing yaml metadata in repo card"]);
}

#[tokio::test]
async fn an_update_changes_the_lines_of_what_it_sets() {
    let world = World::new(
        RepoType::Dataset,
        Some("---\nlicense: mit\n# tags\ntags: [a]\n---"),
    )
    .await;
    let update = |metadata| {
        MetadataUpdate::new(&world.api, "user/repo", metadata)
            .repo_type(hf_api::types::RepoType::Dataset)
    };
    update(metadata("tags", ["a"])).await.unwrap();
    assert_eq!(
        world.readme("main"),
        "---\nlicense: mit\n# tags\ntags: [a]\n---"
    );
    let error = update(metadata("tags", ["b"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("`tags`"), "{error}");
    update(metadata("tags", ["a", "b"]))
        .overwrite(true)
        .await
        .unwrap();
    assert_eq!(
        world.readme("main"),
        "---\nlicense: mit\n# tags\ntags: [a, b]\n---"
    );
    assert_eq!(
        world.hub.commits(world.repo.clone(), "main")[0].title,
        "Update metadata with huggingface_hub"
    );
}

#[tokio::test]
async fn a_repository_without_a_card_gets_one() {
    let world = World::new(RepoType::Model, None).await;
    let result = EvalResult::new("asr", "common_voice", "Common Voice", "wer", 20.5);
    let metadata = metadata_eval_result("tiny", &result).unwrap();
    MetadataUpdate::new(&world.api, "user/repo", metadata)
        .await
        .unwrap();
    let card = ModelCard::parse(world.readme("main")).unwrap();
    assert_eq!(card.data().unwrap().eval_results, [result]);
    assert!(card.text().contains("## Model Details"), "{card}");
    let world = World::new(RepoType::Space, None).await;
    let update = MetadataUpdate::new(&world.api, "user/repo", self::metadata("title", "T"));
    let error = update
        .repo_type(hf_api::types::RepoType::Space)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("`user/repo`"), "{error}");
    assert_eq!(world.commits(), 0);
}

#[tokio::test]
async fn what_others_commit_in_the_meantime_is_kept() {
    let world = World::new(RepoType::Model, Some("---\nlicense: mit\n---\n")).await;
    // Between the reading of the card and the commit, somebody else changes it.
    let repo = world.repo.clone();
    world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").run(move |hub| {
            hub.add_file(
                repo.clone(),
                "README.md",
                "---\nlicense: mit\nlanguage: en\n---\n",
            );
        }));
    MetadataUpdate::new(&world.api, "user/repo", metadata("tags", ["a"]))
        .await
        .unwrap();
    assert_eq!(
        world.readme("main"),
        "---\nlicense: mit\nlanguage: en\ntags:\n- a\n---\n"
    );
}

#[tokio::test]
async fn a_card_that_somebody_adds_in_the_meantime_is_not_overwritten() {
    let world = World::new(RepoType::Model, None).await;
    let repo = world.repo.clone();
    world
        .hub
        .fault(Fault::on(Method::POST, "/api/*/commit/*").run(move |hub| {
            hub.add_file(repo.clone(), "README.md", "# Mine\n");
        }));
    MetadataUpdate::new(&world.api, "user/repo", metadata("tags", ["a"]))
        .await
        .unwrap();
    assert_eq!(world.readme("main"), "---\ntags:\n- a\n---\n# Mine\n");
}

#[tokio::test]
async fn an_update_can_be_a_pull_request_or_go_to_a_branch() {
    let world = World::new(RepoType::Model, Some("---\nlicense: mit\n---\n")).await;
    MetadataUpdate::new(&world.api, "user/repo", metadata("a", 1))
        .create_pr(true)
        .await
        .unwrap();
    assert_eq!(world.readme("main"), "---\nlicense: mit\n---\n");
    assert_eq!(world.readme("refs/pr/1"), "---\nlicense: mit\na: 1\n---\n");
    MetadataUpdate::new(&world.api, "user/repo", metadata("b", 2))
        .revision("refs/pr/1")
        .await
        .unwrap();
    assert_eq!(
        world.readme("refs/pr/1"),
        "---\nlicense: mit\na: 1\nb: 2\n---\n"
    );
}

#[tokio::test]
async fn a_card_that_cannot_be_read_is_left_alone() {
    let world = World::new(RepoType::Model, Some("---\nlicense: [mit\n---\n")).await;
    let update = MetadataUpdate::new(&world.api, "user/repo", metadata("license", "mit"));
    let error = update.overwrite(true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("line 2"), "{error}");
    assert_eq!(world.commits(), 0);
    let error = RepoCard::from_hub(&world.api, "user/absent")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RepositoryNotFound);
    let error = SpaceCard::from_hub(&world.api, "not a name")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
}
