//! Selects the requested part of a file.
use std::ops::Range;

use http::header::{ACCEPT_RANGES, CONTENT_RANGE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, StatusCode};

use crate::response::HubResponse;

/// Returns the part of the content that the request asks for with `Range`, `If-Range` and
/// `If-None-Match`.
pub(crate) fn ranged(headers: &HeaderMap, mut response: HubResponse) -> HubResponse {
    response = response.header(ACCEPT_RANGES, "bytes");
    let etag = response.headers.get(ETAG).cloned();
    if etag.is_some() && headers.get(IF_NONE_MATCH) == etag.as_ref() {
        response.range = 0..0;
        return response.with_status(StatusCode::NOT_MODIFIED);
    }
    let same = headers
        .get(IF_RANGE)
        .is_none_or(|wanted| Some(wanted) == etag.as_ref());
    let Some(wanted) = headers
        .get(RANGE)
        .and_then(|value| value.to_str().ok())
        .filter(|_| same)
    else {
        return response;
    };
    let size = response.body.len();
    match parse(wanted, size) {
        Wanted::All => response,
        Wanted::Part(part) => {
            let value = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            response.range = part;
            response
                .with_status(StatusCode::PARTIAL_CONTENT)
                .header(CONTENT_RANGE, value)
        }
        Wanted::Nothing => {
            HubResponse::text(StatusCode::RANGE_NOT_SATISFIABLE, "Range Not Satisfiable")
                .header(CONTENT_RANGE, format!("bytes */{size}"))
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// No range, several, or one that cannot be parsed: the whole content, as the standard permits.
    All,
    Part(Range<u64>),
    Nothing,
}

/// Parses a `Range` header for content of `size` bytes.
pub(crate) fn parse(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Wanted::All;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), _) if first >= size => Wanted::Nothing,
        (Ok(first), Ok(last)) if last >= first => {
            Wanted::Part(first..last.saturating_add(1).min(size))
        }
        (Ok(first), Err(_)) if last.trim().is_empty() => Wanted::Part(first..size),
        (Err(_), Ok(0)) => Wanted::Nothing,
        (Err(_), Ok(last)) if first.trim().is_empty() && size > 0 => {
            Wanted::Part(size.saturating_sub(last)..size)
        }
        (Err(_), Ok(_)) if size == 0 => Wanted::Nothing,
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted, parse};

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (header, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=0-18446744073709551615", Wanted::Part(0..10)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=2-500", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=5-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("lines=0-1", Wanted::All),
        ] {
            assert_eq!(parse(header, 10), expected, "{header}");
        }
        assert_eq!(parse("bytes=0-", 0), Wanted::Nothing);
    }
}
