//! Where on the Hub one gets a token for the store.

use hf_transport::{Endpoint, Error, Request, RequestOptions, Result, path, redact_url};
use hf_types::{BucketId, RepoId, RepoType, Revision};

/// What a token for a store allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reconstructing files.
    Read,
    /// That, and sending xorbs and shards.
    Write,
}

impl Access {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// The Hub's route for tokens of a store: one repository at one revision, or one bucket.
///
/// ```
/// use hf_cas::client::{Access, TokenRoute};
/// use hf_types::RepoType;
/// let id = "org/name".parse()?;
/// let route = TokenRoute::repo(RepoType::Dataset, &id, &"refs/pr/1".parse()?, Access::Write);
/// assert_eq!(route.target(), "/api/datasets/org/name/xet-write-token/refs%2Fpr%2F1");
/// # Ok::<(), hf_types::ValidationError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenRoute {
    target: String,
    create_pr: bool,
    options: RequestOptions,
}

impl TokenRoute {
    fn new(target: String) -> Self {
        Self {
            target,
            create_pr: false,
            options: RequestOptions::new(),
        }
    }

    /// Returns the route of a repository.
    pub fn repo(
        repo_type: RepoType,
        repo_id: &RepoId,
        revision: &Revision,
        access: Access,
    ) -> Self {
        Self::new(format!(
            "/api/{}/{repo_id}/xet-{}-token/{}",
            repo_type.api_plural(),
            access.as_str(),
            path::segment(revision.as_str())
        ))
    }

    /// Returns the route of a bucket.
    pub fn bucket(bucket_id: &BucketId, access: Access) -> Self {
        Self::new(format!(
            "/api/buckets/{bucket_id}/xet-{}-token",
            access.as_str()
        ))
    }

    /// Takes a route that the Hub sent with a file (`Link: rel="xet-auth"`, `X-Xet-Refresh-Route`).
    ///
    /// # Errors
    /// `Validation` if it is not on the Hub's own origin: the Hub's token is for the Hub alone.
    pub fn from_hub(url: &str, hub: &Endpoint) -> Result<Self> {
        let refuse = |why: &str| {
            Error::validation(format!(
                "the Hub names `{}` as the way to a token for its Xet store: {why}",
                redact_url(url).escape_debug()
            ))
            .with_hint("nothing was sent there; set HF_HUB_DISABLE_XET=1 to do without the store")
        };
        if url.trim().starts_with("//") {
            return Err(refuse("that is another host than the Hub's"));
        }
        let target = hub.join(url.trim());
        if target.contains('#') || target.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(refuse("that is not a URL"));
        }
        if !hub.is_same_origin(&target) {
            return Err(refuse("that is another host than the Hub's"));
        }
        // User info would be sent as a credential of another.
        if target
            .split_once("://")
            .and_then(|(_, rest)| rest.split('/').next())
            .is_none_or(|authority| authority.contains('@'))
        {
            return Err(refuse("it has credentials in it"));
        }
        Ok(Self::new(target))
    }

    /// Asks for a token with which a pull request is to be opened.
    pub fn create_pr(mut self, create_pr: bool) -> Self {
        self.create_pr = create_pr;
        self
    }

    /// Sets the options of the requests to the Hub: the user's token, headers, limits of time.
    pub fn options(mut self, options: RequestOptions) -> Self {
        self.options = options;
        self
    }

    /// Returns the path below the endpoint, or the URL.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the options of the requests to the Hub.
    pub(super) fn request_options(&self) -> &RequestOptions {
        &self.options
    }

    pub(super) fn request(&self) -> Request {
        Request::get(self.target.as_str())
            .query_some("create_pr", self.create_pr.then_some(1))
            .with_defaults(&self.options)
            .operation("xet_token")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_on_another_host_is_refused() {
        let hub = Endpoint::parse("https://hub.test/hf").unwrap();
        for url in [
            "https://evil.test/api/models/x/y/xet-read-token/main",
            "http://hub.test/api/x",
            "https://hub.test:8443/api/x",
            "//evil.test/x",
            "https://user:pw@hub.test/api/x",
            "local:///x",
            "api/models",
            "https://hub.test\\@evil.test/",
        ] {
            let error = TokenRoute::from_hub(url, &hub).unwrap_err();
            assert!(
                error.to_string().contains("way to a token"),
                "{url}: {error}"
            );
            assert!(!error.to_string().contains("pw"), "{error}");
        }
        for (url, target) in [
            ("/api/x", "https://hub.test/hf/api/x"),
            ("https://huggingface.co/api/x", "https://hub.test/hf/api/x"),
            ("https://hub.test/hf/api/x", "https://hub.test/hf/api/x"),
        ] {
            assert_eq!(TokenRoute::from_hub(url, &hub).unwrap().target(), target);
        }
    }

    #[test]
    fn routes_are_those_of_pythons_client() {
        let bucket = TokenRoute::bucket(&"org/b".parse().unwrap(), Access::Read);
        assert_eq!(bucket.target(), "/api/buckets/org/b/xet-read-token");
        let id = "org/m".parse().unwrap();
        let revision = "None".parse().unwrap();
        let route =
            TokenRoute::repo(RepoType::Model, &id, &revision, Access::Write).create_pr(true);
        assert_eq!(
            route.request().path_and_query(),
            "/api/models/org/m/xet-write-token/None?create_pr=1"
        );
    }
}
