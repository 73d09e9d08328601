//! A failed attempt, as passed to a classifier.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, Uri};

use crate::error::{Error, Retryability};
use crate::request::RequestOptions;

/// Decides which failures are retried.
pub(crate) type RetryClassifier = Arc<dyn Fn(&FailedAttempt<'_>) -> Retryability + Send + Sync>;

/// A failed attempt, as passed to a user's classifier
/// ([`ClientBuilder::retry_classifier`](crate::ClientBuilder::retry_classifier)).
#[derive(Debug)]
pub struct FailedAttempt<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Uri,
    pub(crate) options: &'a RequestOptions,
    pub(crate) number: u32,
    pub(crate) elapsed: Duration,
    pub(crate) outcome: Outcome<'a>,
    pub(crate) retryability: Retryability,
}

#[derive(Debug)]
pub(crate) enum Outcome<'a> {
    Response(StatusCode, &'a HeaderMap),
    Error(&'a Error),
}

impl<'a> FailedAttempt<'a> {
    /// Returns the method of the request.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// Returns the absolute URL that the request was sent to, before redirects. It may contain a signature.
    pub fn url(&self) -> &'a Uri {
        self.url
    }

    /// Returns the options of the request.
    pub fn options(&self) -> &'a RequestOptions {
        self.options
    }

    /// Returns the number of the attempt, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the time since the start of the first attempt.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the status of the response, if there was one. It is 400 or more.
    pub fn status(&self) -> Option<StatusCode> {
        match self.outcome {
            Outcome::Response(status, _) => Some(status),
            Outcome::Error(error) => error.status(),
        }
    }

    /// Returns the headers of the response, if there was one.
    pub fn headers(&self) -> Option<&'a HeaderMap> {
        match self.outcome {
            Outcome::Response(_, headers) => Some(headers),
            Outcome::Error(_) => None,
        }
    }

    /// Returns the error, if there was no response.
    pub fn error(&self) -> Option<&'a Error> {
        match self.outcome {
            Outcome::Response(..) => None,
            Outcome::Error(error) => Some(error),
        }
    }

    /// Returns the decision of [`RetryLayer`](crate::layers::RetryLayer)'s own table.
    pub fn retryability(&self) -> Retryability {
        self.retryability
    }
}
