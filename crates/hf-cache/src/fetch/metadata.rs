//! The URLs of files, and the metadata of a file in response headers.

use hf_transport::{Endpoint, Error, ErrorKind, Response, Result, path};
use hf_types::{RepoId, RepoPath, RepoType, Revision, ValidationError};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LOCATION};
use http::{HeaderMap, HeaderName};

use hf_types::{HfFileMetadata, XetFileData};

const X_REPO_COMMIT: HeaderName = HeaderName::from_static("x-repo-commit");
pub(crate) const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
const X_LINKED_SIZE: HeaderName = HeaderName::from_static("x-linked-size");
const X_XET_HASH: HeaderName = HeaderName::from_static("x-xet-hash");
const X_XET_REFRESH_ROUTE: HeaderName = HeaderName::from_static("x-xet-refresh-route");

/// Returns the URL of a file on the Hub.
///
/// Makes no request. For a large file, the response at this URL redirects to storage.
///
/// ```
/// use hf_transport::Endpoint;
/// use hf_types::{RepoType, Revision};
/// let url = hf_cache::hf_hub_url(
///     &Endpoint::parse("https://huggingface.co")?,
///     RepoType::Dataset,
///     &"org/data".parse()?,
///     &"refs/pr/1".parse()?,
///     &"a b/c.txt".parse()?,
/// );
/// assert_eq!(url, "https://huggingface.co/datasets/org/data/resolve/refs%2Fpr%2F1/a%20b/c.txt");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn hf_hub_url(
    endpoint: &Endpoint,
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &Revision,
    filename: &RepoPath,
) -> String {
    endpoint.join(&resolve_target(
        repo_type,
        repo_id,
        revision.as_str(),
        filename,
    ))
}

/// Returns the URL of a file relative to the endpoint.
pub(crate) fn resolve_target(
    repo_type: RepoType,
    repo_id: &RepoId,
    revision: &str,
    filename: &RepoPath,
) -> String {
    format!(
        "/{}{repo_id}/resolve/{}/{}",
        repo_type.url_prefix(),
        path::segment(revision),
        path::file(filename.as_str())
    )
}

/// Returns the metadata of a file from a response of the Hub (not of storage).
pub(crate) fn metadata_of(endpoint: &Endpoint, response: &Response) -> Result<HfFileMetadata> {
    let headers = response.headers();
    let url = response.url().to_string();
    let is_redirect = response.status().is_redirection();
    let location = text(headers, &LOCATION)
        .filter(|_| is_redirect)
        .map(|location| absolute(endpoint, response, location))
        .transpose()?;
    let etag = text(headers, &X_LINKED_ETAG)
        .or_else(|| text(headers, &ETAG).filter(|_| !is_redirect))
        .map(str::parse)
        .transpose()
        .map_err(|e| unusable(&e, &url))?;
    let commit_hash = text(headers, &X_REPO_COMMIT)
        .map(str::parse)
        .transpose()
        .map_err(|e| unusable(&e, &url))?;
    let size = text(headers, &X_LINKED_SIZE)
        .and_then(|size| size.parse().ok())
        .or_else(|| content_size(headers).filter(|_| !is_redirect));
    let mut metadata = HfFileMetadata::new(location.unwrap_or(url));
    metadata.commit_hash = commit_hash;
    metadata.etag = etag;
    metadata.size = size;
    metadata.xet_file_data = xet_file_data(endpoint, response)?;
    Ok(metadata)
}

fn unusable(err: &ValidationError, url: &str) -> Error {
    Error::new(ErrorKind::FileMetadata, format!("the response of {} cannot be used: {err}", hf_transport::redact_url(url)))
        .with_hint("nothing was written; check that the endpoint is a Hub and that no proxy rewrites its headers")
}

fn xet_file_data(endpoint: &Endpoint, response: &Response) -> Result<Option<XetFileData>> {
    let headers = response.headers();
    let Some(hash) = text(headers, &X_XET_HASH) else {
        return Ok(None);
    };
    let route = headers
        .get_all(http::header::LINK)
        .iter()
        .filter_map(|link| link.to_str().ok())
        .find_map(|link| link_with_rel(link, "xet-auth"))
        .or_else(|| text(headers, &X_XET_REFRESH_ROUTE));
    let Some(route) = route else {
        return Ok(None);
    };
    Ok(Some(XetFileData::new(
        hash,
        absolute(endpoint, response, route)?,
    )))
}

/// Resolves a URL in a header against that of the request, and moves it to our endpoint if it names the
/// public Hub.
fn absolute(endpoint: &Endpoint, response: &Response, reference: &str) -> Result<String> {
    let base = response.url();
    endpoint
        .resolve(base, reference)
        .map(|url| url.to_string())
        .map_err(|reason| {
            Error::new(
                ErrorKind::FileMetadata,
                format!("the response names a URL that cannot be used: {reason}"),
            )
        })
}

/// Returns the URL in a `Link` header with this relation.
pub(crate) fn link_with_rel<'a>(header: &'a str, rel: &str) -> Option<&'a str> {
    header.split('<').skip(1).find_map(|link| {
        let (url, params) = link.split_once('>')?;
        params
            .split(';')
            .filter_map(|p| p.trim().trim_end_matches(',').split_once('='))
            .any(|(key, value)| {
                key.trim().eq_ignore_ascii_case("rel")
                    && value.trim().trim_matches('"').split(' ').any(|r| r == rel)
            })
            .then_some(url)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers
        .get(name)?
        .to_str()
        .ok()
        .filter(|value| !value.is_empty())
}

/// Returns the size of the whole content: from `Content-Range`, else from `Content-Length` if the body is the
/// content itself.
pub(crate) fn content_size(headers: &HeaderMap) -> Option<u64> {
    if content_coding(headers) != Coding::Identity {
        return None;
    }
    match text(headers, &CONTENT_RANGE) {
        Some(range) => range.rsplit('/').next()?.trim().parse().ok(),
        None => text(headers, &CONTENT_LENGTH)?.parse().ok(),
    }
}

/// The meaning of `Content-Encoding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding<'a> {
    /// The body is the content itself.
    Identity,
    /// The body is encoded, although this was not requested.
    Encoded(&'a str),
}

/// Returns the coding of the body. Storage services label bodies with all kinds of values (`aws-chunked`,
/// `none`, `UTF-8`) and send them unencoded: an unknown coding counts as none, and size and hash decide.
pub(crate) fn content_coding(headers: &HeaderMap) -> Coding<'_> {
    const CODINGS: [&str; 8] = [
        "gzip",
        "x-gzip",
        "deflate",
        "br",
        "zstd",
        "compress",
        "x-compress",
        "dcb",
    ];
    let Some(value) = text(headers, &CONTENT_ENCODING) else {
        return Coding::Identity;
    };
    let encoded = value.split(',').any(|coding| {
        CODINGS
            .iter()
            .any(|c| coding.trim().eq_ignore_ascii_case(c))
    });
    if encoded {
        Coding::Encoded(value)
    } else {
        Coding::Identity
    }
}

/// The part of a file that a `Content-Range` announces: at least one byte, and none beyond the end of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    /// The position after the last byte.
    pub(crate) end: u64,
    /// The size of the whole file; `None` for `*`.
    pub(crate) size: Option<u64>,
}

/// Reads `Content-Range`; `None` if it is missing or makes no sense.
pub(crate) fn content_range(headers: &HeaderMap) -> Option<ContentRange> {
    let (unit, range) = text(headers, &CONTENT_RANGE)?.trim().split_once(' ')?;
    let (range, size) = range.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let size = match size.trim() {
        "*" => None,
        size => Some(size.parse().ok()?),
    };
    let range = ContentRange {
        start: first,
        end: last.checked_add(1)?,
        size,
    };
    let makes_sense = unit.eq_ignore_ascii_case("bytes")
        && range.start < range.end
        && range.size.is_none_or(|size| range.end <= size);
    makes_sense.then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_by_relation() {
        let header = "</api/a?x=1>; rel=\"next\", <https://h/t>; rel=\"xet-auth\"";
        assert_eq!(link_with_rel(header, "xet-auth"), Some("https://h/t"));
        assert_eq!(link_with_rel(header, "next"), Some("/api/a?x=1"));
        assert_eq!(link_with_rel(header, "prev"), None);
        assert_eq!(link_with_rel("garbage <", "next"), None);
    }

    #[test]
    fn ranges_and_sizes() {
        let headers =
            |name: HeaderName, value: &str| HeaderMap::from_iter([(name, value.parse().unwrap())]);
        for (value, expected) in [
            ("bytes 5-9/10", Some((5, 10, Some(10)))),
            ("Bytes 5-9/*", Some((5, 10, None))),
            ("bytes */10", None),
            ("items 5-9/10", None),
            ("bytes x-9/10", None),
            ("bytes 5-9/x", None),
            // Ends before it starts, or beyond the end of the file.
            ("bytes 5-4/10", None),
            ("bytes 5-10/10", None),
            ("bytes 5-18446744073709551615/*", None),
        ] {
            let found = content_range(&headers(CONTENT_RANGE, value));
            let found = found.map(|range| (range.start, range.end, range.size));
            assert_eq!(found, expected, "{value}");
        }
        assert_eq!(
            content_size(&headers(CONTENT_RANGE, "bytes 5-9/10")),
            Some(10)
        );
        assert_eq!(content_size(&headers(CONTENT_LENGTH, "7")), Some(7));
        assert_eq!(content_size(&headers(CONTENT_LENGTH, "-7")), None);
        let mut gzip = headers(CONTENT_LENGTH, "7");
        gzip.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        assert_eq!(content_size(&gzip), None);
    }

    #[test]
    fn a_label_that_is_no_coding_is_none() {
        for value in ["identity", "none", "UTF-8", "aws-chunked", "binary"] {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, value.parse().unwrap())]);
            assert_eq!(content_coding(&headers), Coding::Identity, "{value}");
        }
        for value in ["gzip", "GZIP", "br", "aws-chunked, gzip"] {
            let headers = HeaderMap::from_iter([(CONTENT_ENCODING, value.parse().unwrap())]);
            assert_eq!(content_coding(&headers), Coding::Encoded(value));
        }
    }
}
