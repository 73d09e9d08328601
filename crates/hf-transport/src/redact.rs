//! Removes secrets from URLs.

use std::borrow::Cow;

/// Query parameters whose value grants access, compared without regard to case.
const SECRET_PARAMETERS: &[&str] = &[
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-credential",
    "x-goog-signature",
    "x-goog-credential",
    "signature",
    "sig",
    "policy",
    "key-pair-id",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "subject_token",
    "client_secret",
    "device_code",
    "code",
    "jwt",
    "x-xet-access-token",
    "password",
];

/// Returns a URL that is safe for logs and errors: without user info, and with the values of signature and
/// token parameters replaced by `[redacted]`.
///
/// ```
/// use hf_transport::redact_url;
/// assert_eq!(
///     redact_url("https://s3.test/x?X-Amz-Expires=60&X-Amz-Signature=abc"),
///     "https://s3.test/x?X-Amz-Expires=60&X-Amz-Signature=[redacted]",
/// );
/// ```
pub fn redact_url(url: &str) -> Cow<'_, str> {
    let url = without_user_info(url);
    let Some((_, query)) = url.split_once('?') else {
        return url;
    };
    if !query.split('&').any(is_secret) {
        return url;
    }
    let (head, query) = url.split_once('?').unwrap_or((&url, ""));
    let mut clean = String::with_capacity(url.len());
    clean.push_str(head);
    for (index, pair) in query.split('&').enumerate() {
        clean.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if is_secret(pair) => {
                clean.push_str(name);
                clean.push_str("=[redacted]");
            }
            _ => clean.push_str(pair),
        }
    }
    Cow::Owned(clean)
}

fn is_secret(pair: &str) -> bool {
    let name = pair.split_once('=').map_or("", |(name, _)| name);
    SECRET_PARAMETERS
        .iter()
        .any(|secret| secret.eq_ignore_ascii_case(name))
}

fn without_user_info(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Cow::Borrowed(url);
    };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..authority_end].rfind('@') {
        Some(at) => Cow::Owned(format!("{scheme}://{}", &rest[at + 1..])),
        None => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_the_rest_stays() {
        for (url, clean) in [
            ("https://h/a?b=1", "https://h/a?b=1"),
            ("https://u:p@h/a", "https://h/a"),
            ("https://u:p@h?sig=1", "https://h?sig=[redacted]"),
            ("https://h/a@b?c=d@e", "https://h/a@b?c=d@e"),
            ("/x?SIGNATURE=abc&b", "/x?SIGNATURE=[redacted]&b"),
            (
                "/x?Policy=a&Key-Pair-Id=b",
                "/x?Policy=[redacted]&Key-Pair-Id=[redacted]",
            ),
            ("", ""),
        ] {
            assert_eq!(redact_url(url), clean, "{url}");
        }
    }
}
