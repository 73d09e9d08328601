//! Resolves the references in `Location` and `Link` headers (RFC 3986, section 5.2), for http and https URLs.

use std::borrow::Cow;
use std::fmt;

use http::Uri;

/// The reason why a reference does not resolve to a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ResolveError {
    Scheme(String),
    Invalid,
    NoHost,
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => write!(f, "its scheme `{scheme}` is not http or https"),
            Self::Invalid => f.write_str("it contains invalid characters or an invalid port"),
            Self::NoHost => f.write_str("it has no host"),
        }
    }
}

/// Resolves `reference` against `base`.
pub(crate) fn resolve(base: &Uri, reference: &str) -> Result<Uri, ResolveError> {
    let reference = escape(reference.trim());
    let reference = reference.split('#').next().unwrap_or_default();
    let absolute = match scheme_of(reference) {
        Some(scheme)
            if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") =>
        {
            reference.to_owned()
        }
        Some(scheme) => return Err(ResolveError::Scheme(scheme.to_owned())),
        None => {
            let scheme = base.scheme_str().unwrap_or("https");
            let authority = base.authority().map_or("", |authority| authority.as_str());
            if reference.starts_with("//") {
                format!("{scheme}:{reference}")
            } else {
                format!("{scheme}://{authority}{}", path_and_query(base, reference))
            }
        }
    };
    let uri: Uri = absolute.parse().map_err(|_| ResolveError::Invalid)?;
    // `https:name` is legal, and parsed as an authority without a scheme.
    match (uri.scheme(), uri.authority()) {
        (Some(_), Some(authority)) if !authority.host().is_empty() => Ok(uri),
        _ => Err(ResolveError::NoHost),
    }
}

fn path_and_query<'a>(base: &'a Uri, reference: &'a str) -> Cow<'a, str> {
    if reference.is_empty() {
        return Cow::Borrowed(base.path_and_query().map_or("/", |pq| pq.as_str()));
    }
    if reference.starts_with('?') {
        return Cow::Owned(format!("{}{reference}", base.path()));
    }
    let (path, query) = match reference.find('?') {
        Some(at) => reference.split_at(at),
        None => (reference, ""),
    };
    let merged = if path.starts_with('/') {
        Cow::Borrowed(path)
    } else {
        let folder = base.path().rfind('/').map_or("/", |at| &base.path()[..=at]);
        Cow::Owned(format!("{folder}{path}"))
    };
    Cow::Owned(format!("{}{query}", without_dots(&merged)))
}

fn without_dots(path: &str) -> Cow<'_, str> {
    if !path.split('/').any(|part| part == "." || part == "..") {
        return Cow::Borrowed(path);
    }
    let mut parts: Vec<&str> = Vec::new();
    let ends_in_folder = path.ends_with("/.") || path.ends_with("/..");
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut clean = format!("/{}", parts.join("/"));
    if ends_in_folder && !clean.ends_with('/') {
        clean.push('/');
    }
    Cow::Owned(clean)
}

fn scheme_of(reference: &str) -> Option<&str> {
    let (scheme, _) = reference.split_once(':')?;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(legal))
        .then_some(scheme)
}

/// Percent-encodes raw spaces and UTF-8, which some servers send although a URL must not contain them.
fn escape(text: &str) -> Cow<'_, str> {
    const ILLEGAL: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'<')
        .add(b'>')
        .add(b'\\')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}');
    percent_encoding::utf8_percent_encode(text, ILLEGAL).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_resolve_as_the_standard_says() {
        let base: Uri = "http://a:8/b/c/d?q=1".parse().unwrap();
        for (reference, expected) in [
            ("g", "http://a:8/b/c/g"),
            ("./g", "http://a:8/b/c/g"),
            ("g/", "http://a:8/b/c/g/"),
            ("/g", "http://a:8/g"),
            ("//g", "http://g/"),
            ("//g/h?x", "http://g/h?x"),
            ("?y", "http://a:8/b/c/d?y"),
            ("g?y/../x", "http://a:8/b/c/g?y/../x"),
            ("g#s", "http://a:8/b/c/g"),
            ("", "http://a:8/b/c/d?q=1"),
            (".", "http://a:8/b/c/"),
            ("..", "http://a:8/b/"),
            ("../g", "http://a:8/b/g"),
            ("../../../g", "http://a:8/g"),
            ("/./g/../h", "http://a:8/h"),
            ("https://x/y", "https://x/y"),
            (" /a b/\u{fc} ", "http://a:8/a%20b/%C3%BC"),
            ("/a%2Fb", "http://a:8/a%2Fb"),
        ] {
            assert_eq!(
                resolve(&base, reference).unwrap().to_string(),
                expected,
                "{reference:?}"
            );
        }
        for bad in [
            "ftp://x/y",
            "javascript:alert(1)",
            "https://",
            "http:///x",
            "http://[::1/x",
            "https:name",
            "http:80",
            "https:c=,;",
        ] {
            assert!(resolve(&base, bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_resolves_or_is_refused(text in "\\PC{0,60}") {
            let base: Uri = "https://h/a/b".parse().unwrap();
            if let Ok(uri) = resolve(&base, &text) {
                prop_assert!(uri.host().is_some_and(|host| !host.is_empty()));
                prop_assert!(matches!(uri.scheme_str(), Some("http" | "https")));
            }
        }

        #[test]
        fn a_web_scheme_without_slashes_is_no_url(rest in "[!-.0-~]{0,20}") {
            let base: Uri = "https://h/a/b".parse().unwrap();
            let reference = format!("https:{rest}");
            prop_assert!(resolve(&base, &reference).is_err());
        }
    }
}
