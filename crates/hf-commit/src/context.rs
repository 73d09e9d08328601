//! The state that every step of a call needs: client, target, request options, progress.

use std::fmt;
use std::sync::Arc;

use hf_transport::progress::{FileOutcome, ProgressEvent, ProgressSink};
use hf_transport::{Client, Error, ErrorKind, Request, RequestOptions, TokenMode};

use crate::target::RepoTarget;

/// The state that every step of a call needs.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) target: RepoTarget,
    /// Of each request to the Hub; storage sees neither token nor headers.
    pub(crate) requests: RequestOptions,
    pub(crate) progress: Progress,
}

impl Context {
    pub(crate) fn new(client: &Client, target: RepoTarget, requests: RequestOptions) -> Self {
        Self {
            client: client.clone(),
            target,
            progress: Progress(requests.progress().cloned()),
            requests,
        }
    }

    /// Adds the options of this call to a request to the Hub.
    pub(crate) fn request(&self, request: Request) -> Request {
        request.with_defaults(&self.requests)
    }

    /// Adds the options that storage may see to a request to a presigned URL.
    pub(crate) fn storage(&self, request: Request) -> Request {
        request
            .token(TokenMode::None)
            .with_defaults(&self.requests.for_storage())
    }

    /// Resolves a URL that the Hub sent. A reference that starts with `/` is relative to the host, not to the
    /// path prefix that the endpoint may have.
    pub(crate) fn resolve(&self, href: &str) -> String {
        let endpoint = self.client.endpoint();
        if href.starts_with('/') && !href.starts_with("//") {
            let host = endpoint.as_str().strip_suffix(endpoint.prefix());
            format!("{}{href}", host.unwrap_or(endpoint.as_str()))
        } else {
            href.to_owned()
        }
    }

    /// Returns whether `url` has the Hub's own origin.
    pub(crate) fn is_on_hub(&self, url: &str) -> bool {
        let endpoint = self.client.endpoint();
        endpoint
            .rewrite(url)
            .parse()
            .is_ok_and(|uri| endpoint.origin().contains(&uri))
    }

    /// Returns the URL of a discussion or pull request.
    pub(crate) fn discussion_url(&self, num: u64) -> String {
        format!(
            "{}{}/discussions/{num}",
            self.client.endpoint(),
            self.target.page()
        )
    }
}

/// The progress sink of a call, if there is one.
#[derive(Clone, Default)]
pub(crate) struct Progress(pub(crate) Option<Arc<dyn ProgressSink>>);

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "sink" } else { "none" })
    }
}

impl Progress {
    pub(crate) fn event(&self, event: &ProgressEvent<'_>) {
        if let Some(sink) = &self.0 {
            sink.on_event(event);
        }
    }

    pub(crate) fn file_begin(&self, file: &str, bytes: u64) {
        self.event(&ProgressEvent::FileBegin {
            file,
            bytes: Some(bytes),
            already: 0,
        });
    }

    pub(crate) fn hashed(&self, file: &str, bytes: u64) {
        self.event(&ProgressEvent::Hashed { file, bytes });
    }

    pub(crate) fn transferred(&self, file: &str, bytes: u64) {
        self.event(&ProgressEvent::Transferred { file, bytes });
    }

    pub(crate) fn restarted(&self, file: &str, bytes: u64) {
        if bytes > 0 {
            self.event(&ProgressEvent::Restarted { file, bytes });
        }
    }

    pub(crate) fn file_end(&self, file: &str, outcome: FileOutcome) {
        self.event(&ProgressEvent::FileEnd { file, outcome });
    }
}

/// Adds a hint that explains what a missing repository means for a write.
pub(crate) fn no_repo_hint(error: Error) -> Error {
    if error.kind() == ErrorKind::RepositoryNotFound {
        error.with_hint(
            "a commit needs an existing repository: create it with create_repo, or check that the token may see it",
        )
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(endpoint: &str) -> Context {
        let client = Client::builder().endpoint(endpoint).build().unwrap();
        let target = RepoTarget::model("user/repo").unwrap();
        Context::new(&client, target, RequestOptions::new())
    }

    #[test]
    fn a_url_that_the_hub_sent_is_resolved_as_a_reference() {
        for (endpoint, href, resolved) in [
            ("http://h.test/hub", "/hub/x?a=1", "http://h.test/hub/x?a=1"),
            ("http://h.test", "/x", "http://h.test/x"),
            ("http://h.test/hub", "https://s.test/x", "https://s.test/x"),
        ] {
            assert_eq!(context(endpoint).resolve(href), resolved);
        }
    }

    #[test]
    fn what_is_on_the_hub() {
        let cx = context("http://h.test:8080/hub");
        for (url, expected) in [
            ("http://h.test:8080/hub/verify", true),
            ("http://h.test/hub/verify", false),
            ("https://h.test:8080/x", false),
            ("http://evil.test/h.test:8080", false),
        ] {
            assert_eq!(cx.is_on_hub(url), expected, "{url}");
        }
    }
}
