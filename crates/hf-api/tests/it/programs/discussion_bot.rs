//! Greets the author of each new discussion, once.

use futures_util::TryStreamExt as _;
use hf_api::{HfApi, Result};
use hf_testhub::{RepoType, TestHub};

use super::api;

const GREETING: &str = "Thank you! A maintainer will have a look.";

/// Greets in open discussions without a greeting, and returns their numbers.
async fn greet(api: &HfApi, repo_id: &str) -> Result<Vec<u64>> {
    let mut greeted = Vec::new();
    let mut open = api
        .get_repo_discussions(repo_id)
        .discussion_status("open")
        .stream();
    while let Some(discussion) = open.try_next().await? {
        let details = api.get_discussion_details(repo_id, discussion.num).await?;
        let mut comments = details.events.iter().filter_map(|event| event.as_comment());
        if comments.any(|comment| comment.content == GREETING) {
            continue;
        }
        api.comment_discussion(repo_id, discussion.num, GREETING)
            .await?;
        greeted.push(discussion.num);
    }
    greeted.sort_unstable();
    Ok(greeted)
}

#[tokio::test]
async fn each_discussion_is_greeted_once() {
    let hub = TestHub::start().await;
    hub.create_repo(RepoType::Model, "user/discussed");
    let api = api(&hub);
    let mut numbers = Vec::new();
    for title in ["A question", "A bug", "Done"] {
        let opened = api
            .create_discussion("user/discussed", title)
            .await
            .unwrap();
        numbers.push(opened.num);
    }
    api.change_discussion_status("user/discussed", numbers[2], "closed")
        .comment("It is.")
        .await
        .unwrap();
    assert_eq!(greet(&api, "user/discussed").await.unwrap(), numbers[..2]);
    assert!(greet(&api, "user/discussed").await.unwrap().is_empty());
}
