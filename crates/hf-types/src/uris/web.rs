//! Web URLs of the Hub, turned into what stands behind `hf://`.

use super::HfUriType;
use super::escape::unquote;
use crate::ValidationError;

/// Hosts of the public Hub, of its staging twin, and the short one.
const HUB_HOSTS: [&str; 3] = ["hf.co", "huggingface.co", "hub-ci.huggingface.co"];

/// Pages of a repo that name a file or folder and, before it, a revision.
const REPO_ROUTES: [&str; 5] = ["blame", "blob", "raw", "resolve", "tree"];
/// The same for buckets, which have no revisions.
const BUCKET_ROUTES: [&str; 2] = ["resolve", "tree"];

/// Host in lower case, and path, of a URL with or without its scheme. The port and any user part are dropped.
fn host_and_path(url: &str) -> (String, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    (host.to_ascii_lowercase(), path)
}

/// Whether `text` is meant as a URL: it has a scheme, or starts with a host of the Hub.
pub(super) fn looks_like_url(text: &str, endpoint: Option<&str>) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return true;
    }
    let own = endpoint.map(|endpoint| host_and_path(endpoint).0);
    HUB_HOSTS
        .into_iter()
        .chain(own.as_deref().filter(|host| !host.is_empty()))
        .any(|host| {
            lower
                .strip_prefix(host)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// The body of the `hf://` URI that a web URL stands for. Only pages that clearly name a place are taken.
pub(super) fn to_uri_body(url: &str, endpoint: Option<&str>) -> Result<String, ValidationError> {
    let (host, mut path) = host_and_path(url);
    let own = endpoint
        .map(host_and_path)
        .filter(|(host, _)| !host.is_empty());
    if let Some((own_host, own_path)) = &own {
        let prefix = own_path.trim_matches('/');
        if *own_host == host && !prefix.is_empty() {
            let below = path
                .strip_prefix('/')
                .and_then(|path| path.strip_prefix(prefix))
                .filter(|rest| rest.is_empty() || rest.starts_with('/'));
            path = below.unwrap_or(path);
        }
    }
    if !HUB_HOSTS.contains(&host.as_str()) && own.is_none_or(|(own_host, _)| own_host != host) {
        return Err(ValidationError::hf_uri(
            url,
            format!(
                "`{host}` is not a host of the Hub; expected one such as `https://huggingface.co/...`"
            ),
        ));
    }
    let mut segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let prefix = match segments.first() {
        Some(first) if HfUriType::from_prefix(first).is_some() => Some(segments.remove(0)),
        _ => None,
    };
    let [owner, name, rest @ ..] = segments.as_slice() else {
        return Err(ValidationError::hf_uri(
            url,
            "expected the page of a repository or bucket: `<namespace>/<name>`",
        ));
    };
    let id = match prefix {
        Some(prefix) => format!("{prefix}/{owner}/{name}"),
        None => format!("{owner}/{name}"),
    };
    let [route, tail @ ..] = rest else {
        return Ok(id);
    };
    let is_bucket = prefix == Some("buckets");
    let routes: &[&str] = if is_bucket {
        &BUCKET_ROUTES
    } else {
        &REPO_ROUTES
    };
    if !routes.contains(route) {
        return Err(ValidationError::hf_uri(
            url,
            format!(
                "pages under `/{route}/` name no file or folder; expected one of `{}`",
                routes.join("`, `")
            ),
        ));
    }
    // An escaped slash stays escaped, so that it does not part a segment; it is decoded with the revision.
    let tail: Vec<String> = tail
        .iter()
        .map(|segment| unquote(segment).replace('/', "%2F"))
        .collect();
    let tail = tail.join("/");
    Ok(match (tail.is_empty(), is_bucket) {
        (true, _) => id,
        (false, true) => format!("{id}/{tail}"),
        (false, false) => format!("{id}@{tail}"),
    })
}
