//! Servers that misbehave as a matter of course.
use std::net::TcpStream;

use crate::faults::{hub, large};
use crate::support::{Call, Calls, End, Response};
use hf_testhub::hostile::{
    Behavior, Cut, Encoding, ErrorBody, Errors, EtagForm, Excess, LinkForm, REASON, RangeSupport,
    RedirectTarget, Redirects, ResponseLimit, StopKind,
};
use hf_testhub::{Listener, TestHub};

const FIRST: usize = 1000;
const LAST: usize = 2999;

fn part(url: &str) -> Response {
    Call::new("GET", url)
        .header("range", format!("bytes={FIRST}-{LAST}"))
        .send()
}

#[test]
fn a_storage_treats_ranges_as_it_likes() {
    let (hub, whole) = hub();
    let url = large(&hub);
    let size = whole.len();
    for &support in RangeSupport::ALL {
        hub.set_behavior(Listener::Storage, Behavior::new().range(support));
        let response = part(&url);
        let content_range = response.header("content-range").map(ToOwned::to_owned);
        let said = |first: usize, last: usize| Some(format!("bytes {first}-{last}/{size}"));
        let (status, expected, header) = match support {
            RangeSupport::Honored => (206, &whole[FIRST..=LAST], said(FIRST, LAST)),
            RangeSupport::Refused(status) => {
                assert_eq!(response.status, status);
                assert!(response.text().contains("<Code>NotImplemented</Code>"));
                continue;
            }
            RangeSupport::Ignored => (200, &whole[..], None),
            RangeSupport::FromZero => (206, &whole[..], said(0, size - 1)),
            RangeSupport::Shifted(by) => {
                let first = FIRST.saturating_add_signed(isize::try_from(by).unwrap());
                let last = LAST.saturating_add_signed(isize::try_from(by).unwrap());
                (206, &whole[first..=last], said(first, last))
            }
            RangeSupport::Lying => (206, &whole[FIRST + 1..=LAST + 1], said(FIRST, LAST)),
            RangeSupport::WithoutContentRange => (206, &whole[FIRST..=LAST], None),
            RangeSupport::FromZeroWithoutContentRange => (206, &whole[..], None),
            RangeSupport::AtMost(n) => {
                let last = FIRST + usize::try_from(n).unwrap() - 1;
                (206, &whole[FIRST..=last], said(FIRST, last))
            }
            RangeSupport::UnknownSize => (
                206,
                &whole[FIRST..=LAST],
                Some(format!("bytes {FIRST}-{LAST}/*")),
            ),
            RangeSupport::WrongSize => (
                206,
                &whole[FIRST..=LAST],
                Some(format!("bytes {FIRST}-{LAST}/{}", size + 1)),
            ),
            RangeSupport::Multipart => {
                assert_eq!(response.status, 206);
                let kind = response.header("content-type").unwrap();
                assert_eq!(kind, "multipart/byteranges; boundary=part");
                let inner = &whole[FIRST..=LAST];
                assert!(response.body.windows(inner.len()).any(|w| w == inner));
                continue;
            }
            other => panic!("{other:?} is not tested"),
        };
        assert_eq!(response.status, status, "{support:?}");
        assert!(response.body == expected, "{support:?}: other bytes");
        assert_eq!(content_range, header, "{support:?}");
        // A request without a range is not concerned.
        let all = Call::new("GET", &url).send().expect(200);
        assert!(all.body == whole, "{support:?}");
    }
    hub.clear_behaviors();
    part(&url).expect(206);
}

#[test]
fn some_storages_serve_ranges_alone_and_know_no_head() {
    let (hub, whole) = hub();
    let url = large(&hub);
    let behavior = Behavior::new().refuse_whole(413).refuse_head(405);
    hub.set_behavior(Listener::Storage, behavior);
    Call::new("GET", &url).send().expect(413);
    Call::new("HEAD", &url).send().expect(405);
    assert!(part(&url).expect(206).body == whole[FIRST..=LAST]);
}

#[test]
fn bodies_break_off_as_often_as_wanted() {
    let (hub, _) = hub();
    let url = large(&hub);
    for (how, end) in [
        (StopKind::Close, End::Closed),
        (StopKind::Reset, End::Reset),
    ] {
        hub.set_behavior(
            Listener::Storage,
            Behavior::new().cut(Cut::new(70_000, 2, how)),
        );
        for expected in [end, end, End::Whole] {
            let response = Call::new("GET", &url).send();
            assert_eq!(response.end, expected, "{how:?}");
        }
        // Too short to be cut.
        assert_eq!(part(&url).end, End::Whole);
    }
    hub.clear_requests();
    hub.set_behavior(Listener::Storage, Behavior::new().cut_after(70_000));
    assert_eq!(Call::new("GET", &url).send().end, End::Closed);
    assert_eq!(hub.bytes_sent(Listener::Storage), 70_000);
    assert_eq!(hub.bytes_sent(Listener::Hub), 0);
}

#[test]
fn every_shape_of_error_has_its_status_and_says_why() {
    let (hub, _) = hub();
    for &body in ErrorBody::ALL {
        let errors = Errors::always(507).body(body).retry_after("3");
        hub.set_behavior(Listener::Hub, Behavior::new().errors(errors));
        let response = hub.get("/api/models/user/m").expect(507);
        assert_eq!(response.header("retry-after"), Some("3"));
        assert_eq!(
            response.text().contains(REASON),
            body.has_reason(),
            "{body:?}: {:.200}",
            response.text()
        );
    }
}

#[test]
fn errors_come_at_first_or_every_so_often() {
    let (hub, _) = hub();
    let statuses = |errors| {
        hub.set_behavior(Listener::Hub, Behavior::new().errors(errors));
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(hub.get("/api/models/user/m").status);
        }
        statuses
    };
    assert_eq!(
        statuses(Errors::first(2, 503)),
        [503, 503, 200, 200, 200, 200]
    );
    assert_eq!(
        statuses(Errors::every(3, 429)),
        [200, 200, 429, 200, 200, 429]
    );
    hub.set_behavior(
        Listener::Hub,
        Behavior::new().errors(Errors::always(429).rate_limit()),
    );
    let response = hub.get("/api/models/user/m").expect(429);
    assert_eq!(response.header("ratelimit"), Some("\"api\";r=0;t=1"));
}

#[test]
fn a_redirect_of_any_status_meets_any_method_and_leads_on_or_nowhere() {
    let (hub, _) = hub();
    for status in [301, 302, 303, 307, 308] {
        for &target in RedirectTarget::ALL {
            let redirects = Redirects::new(status, 2, target);
            hub.set_behavior(Listener::Hub, Behavior::new().redirects(redirects));
            for method in ["GET", "POST", "HEAD", "DELETE"] {
                let response = hub.call(method, "/api/models/user/m?a=b").send();
                assert_eq!(response.status, status);
                let location = response.header("location");
                match target {
                    RedirectTarget::Absolute | RedirectTarget::OtherOrigin => {
                        let next = location.unwrap().to_owned();
                        assert!(next.ends_with("/api/models/user/m?a=b&hop=1"), "{next}");
                        assert_eq!(
                            next.contains("localhost"),
                            target == RedirectTarget::OtherOrigin
                        );
                    }
                    RedirectTarget::Relative => {
                        assert_eq!(location, Some("/api/models/user/m?a=b&hop=1"));
                        hub.get("/api/models/user/m?hop=1").expect(status);
                        hub.get("/api/models/user/m?hop=2").expect(200);
                    }
                    _ => assert!(
                        location.is_none_or(|l| !l.starts_with("http:"))
                            || location == Some("http://[not a url")
                    ),
                }
            }
        }
    }
}

#[test]
fn links_come_in_every_form_and_keep_the_next_page() {
    let hub = TestHub::start_blocking();
    hub.seed_models(5);
    for &form in LinkForm::ALL {
        hub.set_behavior(Listener::Hub, Behavior::new().link(form));
        let response = hub.get("/api/models?limit=2").expect(200);
        let links: Vec<&str> = response
            .headers
            .iter()
            .filter(|(name, _)| name == "link")
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(links.is_empty(), form == LinkForm::Missing, "{form:?}");
        let has_cursor = links.iter().any(|link| link.contains("cursor="));
        if form.leads_on() {
            assert!(has_cursor, "{form:?}: {links:?}");
        }
    }
}

#[test]
fn encodings_and_header_floods_and_etags_are_as_told() {
    let (hub, whole) = hub();
    let url = large(&hub);
    for &encoding in Encoding::ALL {
        hub.set_behavior(
            Listener::Storage,
            Behavior::new().encoding(encoding).extra_headers(150),
        );
        let response = Call::new("GET", &url).send().expect(200);
        let packed = matches!(encoding, Encoding::Gzip(_) | Encoding::GzipMembers);
        assert_eq!(response.body == whole, !packed, "{encoding:?}");
        let label = response.header("content-encoding");
        assert_eq!(label.is_none(), encoding == Encoding::None);
        assert!(response.headers.len() > 150);
    }
    for &form in EtagForm::ALL {
        hub.set_behavior(Listener::Storage, Behavior::new().etag(form).chunked());
        let response = Call::new("GET", &url).send().expect(200);
        assert_eq!(response.header("content-length"), None);
        let etag = response.header("etag").unwrap_or_default();
        let length = match form {
            EtagForm::Unchanged | EtagForm::Fake64 => 66,
            EtagForm::Weak => 68,
            EtagForm::Unquoted => 64,
            EtagForm::Parts => 37,
            EtagForm::Fake40 => 42,
            EtagForm::Missing => 0,
            other => panic!("{other:?} is not tested"),
        };
        assert_eq!(etag.len(), length, "{form:?}: {etag}");
    }
}

#[test]
fn a_server_of_one_connection_refuses_the_second_while_the_first_is_open() {
    let (hub, _) = hub();
    let repo = hub.create_repo(hf_testhub::RepoType::Model, "user/big");
    // More than the sockets between the two buffer, so that the first response stays open unread.
    hub.add_file(&repo, "big.bin", hf_testhub::Blob::synthetic(2, 64 << 20));
    let url = hub
        .head("/user/big/resolve/main/big.bin")
        .expect(302)
        .header("location")
        .unwrap()
        .to_owned();
    for &excess in Excess::ALL {
        hub.set_behavior(
            Listener::Storage,
            Behavior::new().connections(ResponseLimit::new(1, excess)),
        );
        hub.clear_requests();
        let address = hub.storage_endpoint().replace("http://", "");
        let path = url.split_once(&address).unwrap().1.to_owned();
        let mut first = TcpStream::connect(&address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        std::io::Write::write_all(&mut first, head.as_bytes()).unwrap();
        let mut one = [0; 1];
        std::io::Read::read_exact(&mut first, &mut one).unwrap();

        let second = part(&url);
        match excess {
            Excess::Status(status) => assert_eq!(second.status, status),
            _ => assert_eq!(second.status, 0, "{excess:?}"),
        }
        assert_eq!(hub.most_in_flight(Listener::Storage), 2);
        drop(first);
        // The open body ends when the server notices that its client is gone.
        let mut tries = 0;
        while part(&url).status != 206 {
            tries += 1;
            assert!(tries < 10_000, "{excess:?}: the first is never over");
        }
    }
}

#[test]
fn a_behavior_concerns_its_paths_alone_and_gives_way_to_a_fault() {
    let (hub, _) = hub();
    let errors = Errors::always(500);
    hub.set_behavior(Listener::Hub, Behavior::new().on("/api/*").errors(errors));
    hub.get("/api/models").expect(500);
    hub.get("/user/m/resolve/main/f.txt").expect(200);
    hub.fault(hf_testhub::Fault::on_any("/api/*").status(418));
    hub.get("/api/models").expect(418);
    hub.get("/api/models").expect(500);
}
