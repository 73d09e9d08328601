//! The repository that a scheduler pushes to.

use hf_transport::{ErrorKind, Request, Result};
use serde::Deserialize;
use serde_json::json;

use crate::context::Context;
use crate::operation::parse;

#[derive(Deserialize)]
struct Created {
    url: String,
}

/// Creates the repository if it does not exist, and returns whether it was created. Completes its id with the
/// namespace.
pub(super) async fn ensure_repo(cx: &mut Context, private: Option<bool>) -> Result<bool> {
    let id = cx.target.repo_id.clone();
    let mut body = json!({
        "name": id.name(),
        "organization": id.owner(),
        "type": cx.target.repo_type.as_str(),
    });
    if let Some(private) = private {
        body["visibility"] = if private { "private" } else { "public" }.into();
    }
    let request = cx
        .request(Request::post("/api/repos/create"))
        .operation("create_repo")
        .json(&body);
    match cx.client.fetch(request).await {
        Ok(response) => {
            let created: Created = response.json()?;
            if id.owner().is_none() {
                let mut parts = created.url.trim_end_matches('/').rsplit('/');
                if let (Some(name), Some(owner)) = (parts.next(), parts.next()) {
                    cx.target.repo_id = parse(&format!("{owner}/{name}"))?;
                }
            }
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
        Err(error) if error.is_auth() => {
            // A token that may only write to this repository cannot create one.
            let request = cx.request(Request::get(format!(
                "/api/{}/{id}",
                cx.target.repo_type.api_plural()
            )));
            match cx.client.fetch(request.operation("repo_info")).await {
                Ok(_) => Ok(false),
                Err(_) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Squashes all commits of the branch into one.
pub(super) async fn squash(cx: &Context) -> Result<()> {
    let branch = cx.target.revision.as_str();
    let request = cx
        .request(Request::post(cx.target.api_at("super-squash", branch)))
        .operation("super_squash_history")
        .json(&json!({
            "message": format!("Super-squash branch '{branch}' using huggingface_hub"),
        }));
    cx.client.fetch(request).await.map(drop)
}
