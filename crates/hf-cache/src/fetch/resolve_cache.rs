//! Prediction of the URLs that the Hub redirects small files to, which saves one request per file.
//!
//! A file that is stored in git is served at `/api/resolve-cache/...`. The URL consists of facts that the file list has:
//! repository, commit, path and blob id. The first files of a snapshot follow their redirects; when enough of these led
//! to the predicted URL, the remaining files are requested there directly, which halves the number of requests. Contents
//! are verified as always. The first unexpected response (an error, another redirect, wrong content) ends the prediction
//! for the rest of the snapshot.

use std::sync::atomic::{AtomicU32, Ordering};

use hf_transport::{Endpoint, path};
use hf_types::{CommitHash, EtagKind, RepoId, RepoType};
use http::Uri;

use crate::store::spec::FileSpec;

/// The number of redirects that must lead to the predicted URL before it is used. Small snapshots, which have little to
/// gain, never reach it, and a mirror with other URLs is recognized by its first redirect.
const PROOFS: u32 = 16;
/// The state after an unexpected response. Counting never reaches it.
const REFUTED: u32 = u32::MAX;

/// What is known about the redirects of one snapshot.
#[derive(Debug)]
pub(crate) struct ResolveCache {
    endpoint: Endpoint,
    /// The part of the predicted URL before the path of the file, relative to the endpoint.
    prefix: String,
    /// The part before the path of the file of the path that is redirected, with its slashes encoded. The query of
    /// the predicted URL repeats it.
    asked_for: String,
    proofs: AtomicU32,
}

impl ResolveCache {
    pub(crate) fn new(
        endpoint: &Endpoint,
        repo_type: RepoType,
        repo_id: &RepoId,
        commit: CommitHash,
    ) -> Self {
        Self {
            endpoint: endpoint.clone(),
            prefix: format!(
                "/api/resolve-cache/{}/{repo_id}/{commit}/",
                repo_type.api_plural()
            ),
            asked_for: path::segment(&format!(
                "/{}{repo_id}/resolve/{commit}/",
                repo_type.url_prefix()
            )),
            proofs: AtomicU32::new(0),
        }
    }

    /// Returns the predicted URL of a file, relative to the endpoint. `None` if the content cannot be verified or is not
    /// stored in git, and for names that servers may encode differently.
    pub(crate) fn target(&self, spec: &FileSpec) -> Option<String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
        let file = spec.path.as_str();
        if !matches!(spec.etag.kind(), EtagKind::GitSha1(_)) || !file.bytes().all(plain) {
            return None;
        }
        let Self {
            prefix, asked_for, ..
        } = self;
        let etag = spec.etag.as_str();
        // Of the plain characters, only slashes are encoded in a query.
        let slashes = file.bytes().filter(|b| *b == b'/').count();
        let len = prefix.len() + asked_for.len() + 2 * (file.len() + slashes) + etag.len() + 16;
        let mut target = String::with_capacity(len);
        target.extend([prefix, file, "?", asked_for]);
        for (i, name) in file.split('/').enumerate() {
            target.extend([if i > 0 { "%2F" } else { "" }, name]);
        }
        target.extend(["=&etag=%22", etag, "%22"]);
        Some(target)
    }

    /// Whether enough redirects led to the predicted URL.
    pub(crate) fn is_proven(&self) -> bool {
        let proofs = self.proofs.load(Ordering::Relaxed);
        proofs != REFUTED && proofs >= PROOFS
    }

    /// Records where the redirect of a file led.
    pub(crate) fn observe(&self, target: &str, led_to: &Uri) {
        if self.endpoint.join(target) == led_to.to_string() {
            // `REFUTED` is above the limit and therefore stays.
            let count = |proofs| (proofs < PROOFS).then(|| proofs + 1);
            let _unchanged = self
                .proofs
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
        } else {
            self.refute("a redirect leads elsewhere");
        }
    }

    /// Ends the prediction for the rest of the snapshot.
    pub(crate) fn refute(&self, why: &str) {
        if self.proofs.swap(REFUTED, Ordering::Relaxed) != REFUTED {
            tracing::debug!(why, "URLs are not predicted any more");
        }
    }
}
