//! `GET /tree`: lists the files of a repository.

use futures_util::{StreamExt as _, pin_mut};
use hf_transport::{Request, Result, path};
use serde::Deserialize;

use crate::context::Context;
use crate::target::RepoTarget;

#[derive(Deserialize)]
struct TreeEntry {
    #[serde(rename = "type", default, deserialize_with = "hf_types::lenient::text")]
    kind: Option<String>,
    path: String,
}

/// Calls `each` with the path of every file below `root`.
pub(crate) async fn each_file(
    cx: &Context,
    target: &RepoTarget,
    root: &str,
    mut each: impl FnMut(String) -> Result<()>,
) -> Result<()> {
    let mut url = target.api_at("tree", target.revision.as_str());
    if !root.is_empty() {
        url = format!("{url}/{}", path::segment(root));
    }
    let request = cx
        .request(Request::get(url))
        .query("recursive", true)
        .query("expand", false)
        .operation("list_repo_tree");
    let entries = cx.client.pages::<TreeEntry>(request);
    pin_mut!(entries);
    while let Some(entry) = entries.next().await {
        let entry = entry?;
        if entry.kind.as_deref() == Some("file") {
            each(entry.path)?;
        }
    }
    Ok(())
}
