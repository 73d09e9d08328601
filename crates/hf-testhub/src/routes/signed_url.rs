//! The signed URLs of the storage.

use super::encode;
use crate::blob::sha1_hex;
use crate::hub::Hub;
use crate::names::RepoName;
use crate::store::State;

/// Returns a signature of this Hub. If the text contains the epoch, the signature expires with it.
pub(super) fn sign(text: &str) -> String {
    sha1_hex(&[b"hf-testhub ", text.as_bytes()])
}

pub(super) fn signed(hub: &Hub, state: &State, path: &str, more: &str) -> String {
    let epoch = state.epoch;
    let signature = sign(&format!("{path} {epoch}"));
    format!(
        "{}{path}?X-Amz-Expires=900&epoch={epoch}{more}&X-Amz-Signature={signature}",
        hub.storage_endpoint()
    )
}

/// Returns the URL from which an object is downloaded.
pub(crate) fn object_url(hub: &Hub, state: &State, sha256: &str) -> String {
    signed(hub, state, &format!("/objects/{sha256}"), "")
}

/// Returns the URL to which an object is uploaded in one piece.
pub(super) fn upload_url(
    hub: &Hub,
    state: &State,
    name: &RepoName,
    sha256: &str,
    size: u64,
) -> String {
    let repo = encode(&format!("{}/{}", name.repo_type.api_plural(), name.id));
    signed(
        hub,
        state,
        &format!("/uploads/{sha256}"),
        &format!("&size={size}&repo={repo}"),
    )
}

/// Returns the URL to which a part of an object is uploaded.
pub(super) fn part_url(hub: &Hub, state: &State, id: &str, part: u32) -> String {
    signed(hub, state, &format!("/parts/{id}/{part}"), "")
}
