//! Applies a behavior before a request is processed, and to the response afterwards.
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_RANGE,
    LOCATION, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::{Behavior, Encoding, EtagForm, Excess, RangeSupport, RedirectTarget, StopKind};
use crate::encoding::gzip;
use crate::fault::glob;
use crate::range::{Wanted, parse};
use crate::response::{HubResponse, header_value, storage_error};
use crate::wire::{BodyPlan, Stop};

const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
/// The query parameter that counts the redirects of a request.
const HOP: &str = "hop";

/// A behavior, and the state of its counters.
#[derive(Debug)]
pub(crate) struct Misbehavior {
    behavior: Behavior,
    requests: AtomicU64,
    cuts: AtomicUsize,
}

/// The decision about a request.
pub(crate) enum Verdict {
    /// The request is processed. Its `Range` header is removed if [`Misbehavior::after`] is to
    /// apply it.
    Process(Option<HeaderValue>),
    /// This response is sent.
    Respond(Box<HubResponse>),
    /// The connection ends.
    Stop(Stop),
}

fn respond(response: HubResponse) -> Verdict {
    Verdict::Respond(Box::new(response))
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl Misbehavior {
    pub(crate) fn new(behavior: Behavior) -> Self {
        Self {
            behavior,
            requests: AtomicU64::new(0),
            cuts: AtomicUsize::new(0),
        }
    }

    pub(crate) fn concerns(&self, path: &str) -> bool {
        glob(&self.behavior.path, path)
    }

    /// Decides about a request. `open` is the number of open responses at its listener, including
    /// this one; `port` is that of the listener.
    pub(crate) fn before(&self, parts: &mut Parts, open: usize, port: u16) -> Verdict {
        let behavior = &self.behavior;
        if let Some(redirects) = behavior.redirects {
            let query = parts.uri.query().unwrap_or_default();
            let hop = hop_of(query);
            if hop < redirects.hops {
                return respond(redirect(
                    redirects.status,
                    redirects.target,
                    parts,
                    hop + 1,
                    port,
                ));
            }
        }
        if let Some(limit) = behavior.connections
            && open > limit.most
        {
            return match limit.excess {
                Excess::Status(code) => respond(storage_error(
                    status(code),
                    "SlowDown",
                    "Please reduce your request rate.",
                )),
                Excess::Reset => Verdict::Stop(Stop::Reset),
                Excess::Close => Verdict::Stop(Stop::Cut),
            };
        }
        if let Some(errors) = &behavior.errors {
            let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
            if errors.hits(number) {
                return respond(errors.response());
            }
        }
        if parts.method == Method::HEAD
            && let Some(code) = behavior.refuse_head
        {
            return respond(refused(code));
        }
        if parts.method != Method::GET {
            return Verdict::Process(None);
        }
        if !parts.headers.contains_key(RANGE) {
            return match behavior.refuse_whole {
                Some(code) => respond(refused(code)),
                None => Verdict::Process(None),
            };
        }
        match behavior.range {
            RangeSupport::Honored => Verdict::Process(None),
            RangeSupport::Refused(code) => respond(refused(code)),
            _ => {
                parts.headers.remove(IF_RANGE);
                Verdict::Process(parts.headers.remove(RANGE))
            }
        }
    }

    /// Modifies a response to a request for `target` (path and query) that asked for `range`.
    pub(crate) fn after(
        &self,
        mut response: HubResponse,
        method: &Method,
        endpoint: &str,
        target: &str,
        range: Option<&HeaderValue>,
    ) -> (HubResponse, BodyPlan) {
        let behavior = &self.behavior;
        if let Some(range) = range.and_then(|range| range.to_str().ok())
            && response.status == StatusCode::OK
        {
            response = ranged(behavior.range, response, range);
        }
        encode(behavior.encoding, &mut response);
        for name in [ETAG, X_LINKED_ETAG] {
            rewrite_etag(behavior.etag, &mut response.headers, &name);
        }
        behavior.link.apply(&mut response, endpoint, target);
        for number in 0..behavior.extra_headers {
            let name = format!("x-extra-{number:05}");
            if let Ok(name) = HeaderName::try_from(name) {
                let filler =
                    HeaderValue::from_static("................................................");
                response.headers.insert(name, filler);
            }
        }
        let mut plan = BodyPlan {
            hide_length: behavior.chunked || response.headers.contains_key(CONTENT_LENGTH),
            ..BodyPlan::default()
        };
        if let Some(cut) = behavior.cut
            && method != Method::HEAD
            && response.range.end - response.range.start > cut.after
            && self.cuts.fetch_add(1, Ordering::SeqCst) < cut.times
        {
            plan.stop = Some((cut.after, StopKind::stop(cut.how)));
        }
        (response, plan)
    }
}

fn refused(code: u16) -> HubResponse {
    storage_error(
        status(code),
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
    )
}

fn hop_of(query: &str) -> usize {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(HOP)?.strip_prefix('='))
        .and_then(|hop| hop.parse().ok())
        .unwrap_or(0)
}

fn redirect(
    code: u16,
    target: RedirectTarget,
    parts: &Parts,
    hop: usize,
    port: u16,
) -> HubResponse {
    let path = parts.uri.path();
    let kept: Vec<&str> = parts
        .uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("hop="))
        .collect();
    let mut relative = format!("{path}?{}", kept.join("&"));
    if !kept.is_empty() {
        relative.push('&');
    }
    let _ = write!(relative, "{HOP}={hop}");
    let location = match target {
        RedirectTarget::Absolute => format!("http://127.0.0.1:{port}{relative}"),
        RedirectTarget::Relative => relative,
        // For a client, the same listener under another name is another origin.
        RedirectTarget::OtherOrigin => format!("http://localhost:{port}{relative}"),
        RedirectTarget::Malformed => "http://[not a url".to_owned(),
        RedirectTarget::OtherScheme => format!("ftp://127.0.0.1{path}"),
        RedirectTarget::Missing => {
            let mut response = HubResponse::redirect(status(code), "");
            response.headers.remove(LOCATION);
            return response;
        }
    };
    HubResponse::redirect(status(code), &location)
}

/// Returns the response to a request for part of the file in `whole`.
fn ranged(support: RangeSupport, whole: HubResponse, range: &str) -> HubResponse {
    let size = whole.body.len();
    let Wanted::Part(wanted) = parse(range, size) else {
        return whole;
    };
    let part = |range: std::ops::Range<u64>, content_range: Option<String>| {
        let mut response = HubResponse {
            range,
            ..whole.clone()
        }
        .with_status(StatusCode::PARTIAL_CONTENT);
        if let Some(value) = content_range {
            response = response.header(CONTENT_RANGE, value);
        }
        response
    };
    let said = |range: &std::ops::Range<u64>, size: &str| {
        Some(format!("bytes {}-{}/{size}", range.start, range.end - 1))
    };
    let size_text = size.to_string();
    match support {
        RangeSupport::Honored | RangeSupport::Refused(_) | RangeSupport::Ignored => whole,
        RangeSupport::FromZero => part(0..size, said(&(0..size), &size_text)),
        RangeSupport::FromZeroWithoutContentRange => part(0..size, None),
        RangeSupport::WithoutContentRange => part(wanted, None),
        RangeSupport::Shifted(by) => {
            let start = wanted.start.saturating_add_signed(by).min(size - 1);
            let shifted = start..wanted.end.saturating_add_signed(by).clamp(start + 1, size);
            part(shifted.clone(), said(&shifted, &size_text))
        }
        RangeSupport::Lying => {
            let start = (wanted.start + 1).min(size - 1);
            let length = wanted.end - wanted.start;
            let content_range = said(&wanted, &size_text);
            if start + length <= size {
                part(start..start + length, content_range)
            } else {
                part(
                    wanted.start.saturating_sub(1)..wanted.end.saturating_sub(1).max(1),
                    content_range,
                )
            }
        }
        RangeSupport::AtMost(bytes) => {
            let some = wanted.start..wanted.end.min(wanted.start + bytes.max(1));
            part(some.clone(), said(&some, &size_text))
        }
        RangeSupport::UnknownSize => part(wanted.clone(), said(&wanted, "*")),
        RangeSupport::WrongSize => part(wanted.clone(), said(&wanted, &(size + 1).to_string())),
        RangeSupport::Multipart => {
            let head = format!(
                "--part\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {}-{}/{size}\r\n\r\n",
                wanted.start,
                wanted.end - 1
            );
            let mut body = head.into_bytes();
            body.extend_from_slice(&part(wanted, None).bytes());
            body.extend_from_slice(b"\r\n--part--\r\n");
            let mut response = HubResponse::new(StatusCode::PARTIAL_CONTENT, body);
            response.headers.clone_from(&whole.headers);
            response.header(CONTENT_TYPE, "multipart/byteranges; boundary=part")
        }
    }
}

fn encode(encoding: Encoding, response: &mut HubResponse) {
    let label = match encoding {
        Encoding::None => return,
        Encoding::Label(label) => label,
        Encoding::Gzip(label) => {
            let body = gzip(&response.bytes());
            response.set_body(body);
            label
        }
        Encoding::GzipMembers => {
            let body = response.bytes();
            let (first, second) = body.split_at(body.len() / 2);
            let mut members = gzip(first);
            members.extend(gzip(second));
            response.set_body(members);
            "gzip"
        }
        Encoding::BrokenGzip => "gzip",
    };
    response
        .headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static(label));
}

fn rewrite_etag(form: EtagForm, headers: &mut HeaderMap, name: &HeaderName) {
    let Some(etag) = headers.get(name).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let plain = etag.trim_start_matches("W/").trim_matches('"');
    let new = match form {
        EtagForm::Unchanged => return,
        EtagForm::Missing => {
            headers.remove(name);
            return;
        }
        EtagForm::Weak => format!("W/\"{plain}\""),
        EtagForm::Unquoted => plain.to_owned(),
        EtagForm::Parts => format!("\"{plain:0<32.32}-10\""),
        EtagForm::Fake40 => format!("\"{plain:f<40.4}\""),
        EtagForm::Fake64 => format!("\"{plain:f<64.4}\""),
    };
    headers.insert(name, header_value(&new));
}
