//! Responses in the form of other servers that implement the Hub's protocol.

use http::header::{ETAG, HeaderName, LINK};
use http::{Method, StatusCode};

use crate::hub::Hub;
use crate::mimic::Mimic;
use crate::response::{HubError, HubResponse, header_value};
use crate::routes::Request;

const X_LINKED_ETAG: HeaderName = HeaderName::from_static("x-linked-etag");
const CANONICAL: &str = "https://huggingface.co";

/// Rewrites a response into the form that the imitated server sends.
pub(crate) fn disguise(hub: &Hub, request: &Request, mut response: HubResponse) -> HubResponse {
    let mimic = hub.state().settings.mimic;
    match mimic {
        Mimic::Hub => {}
        Mimic::KohakuHub => {
            if request.path == "/api/repos/create" && response.status == StatusCode::CONFLICT {
                return HubError::bad_request("Repository already exists")
                    .code("RepoExists")
                    .into_response(false);
            }
        }
        Mimic::Olah => {
            let small = !response.headers.contains_key(X_LINKED_ETAG);
            if let Some(etag) = response.headers.get(ETAG)
                && small
                && request.path.contains("/resolve/")
            {
                let digits: String = String::from_utf8_lossy(etag.as_bytes())
                    .chars()
                    .filter(char::is_ascii_hexdigit)
                    .take(32)
                    .collect();
                let invented = header_value(&format!("\"{digits:0<32}-10\""));
                response.headers.insert(ETAG, invented);
            }
            canonical_link(hub, &mut response);
        }
        Mimic::PlainMirror => {
            canonical_link(hub, &mut response);
            if request.method == Method::POST && request.path == "/api/repos/create" {
                let text = String::from_utf8_lossy(&response.bytes()).into_owned();
                response.set_body(text.replace(&hub.endpoint(), CANONICAL));
            }
        }
    }
    response
}

fn canonical_link(hub: &Hub, response: &mut HubResponse) {
    if let Some(link) = response
        .headers
        .get(LINK)
        .and_then(|link| link.to_str().ok())
    {
        let link = link.replace(&hub.endpoint(), CANONICAL);
        response.headers.insert(LINK, header_value(&link));
    }
}
