use std::time::Duration;

use hf_testhub::hostile::{Behavior, Excess, ResponseLimit};
use hf_testhub::{Fault, Listener, TestHub};
use http::Method;
use serde_json::Value;

use super::{Prepared, cas, hub, random, read_token, write_token};
use crate::support::{Call, Calls, End, Response};

/// A Hub with a file, and a request to each of the listeners that the file is fetched from.
struct World {
    hub: TestHub,
    file: Prepared,
}

const LISTENERS: [Listener; 3] = [Listener::Cas, Listener::Storage, Listener::Bridge];

impl World {
    fn new() -> Self {
        let hub = hub();
        let file = Prepared::new(random(1, 400_000));
        hub.add_file("user/m", "a.bin", file.content.clone());
        file.upload(&hub);
        Self { hub, file }
    }

    fn reconstruction(&self) -> Response {
        let path = format!("/v2/reconstructions/{}", self.file.hash);
        cas(&self.hub, "GET", &path, &read_token(&self.hub))
            .patience(Duration::from_millis(500))
            .send()
    }

    /// Asks a listener; what must be asked before is asked without the fault.
    fn ask(&self, listener: Listener, fault: impl FnOnce(Listener)) -> Response {
        match listener {
            Listener::Cas => {
                fault(listener);
                self.reconstruction()
            }
            Listener::Storage => {
                let answer = self.reconstruction().expect(200).json();
                let entry: &Value = &answer["xorbs"][self.file.xorb.hash().to_string()][0];
                let bytes = &entry["ranges"][0]["bytes"];
                let range = format!("bytes={}-{}", bytes["start"], bytes["end"]);
                fault(listener);
                Call::new("GET", entry["url"].as_str().unwrap())
                    .header("range", range)
                    .patience(Duration::from_millis(500))
                    .send()
            }
            _ => {
                let head = self.hub.head("/user/m/resolve/main/a.bin").expect(302);
                fault(listener);
                Call::new("GET", head.header("location").unwrap())
                    .patience(Duration::from_millis(500))
                    .send()
            }
        }
    }

    fn under(&self, listener: Listener, fault: Fault) -> Response {
        self.ask(listener, |at| drop(self.hub.fault(fault.at(at))))
    }
}

fn any() -> Fault {
    Fault::on(Method::GET, "*")
}

#[test]
fn the_store_the_storage_and_the_bridge_fail_on_request() {
    let world = World::new();
    for listener in LISTENERS {
        let whole = world.ask(listener, |_| {});
        assert!(whole.status == 200 || whole.status == 206, "{listener:?}");
        let cut = world.under(listener, any().cut_after(7));
        assert_eq!(
            (cut.end, &cut.body[..]),
            (End::Closed, &whole.body[..7]),
            "{listener:?}"
        );
        let reset = world.under(listener, any().reset_after(7));
        assert_eq!(reset.end, End::Reset, "{listener:?}");
        let silent = world.under(listener, any().stall_after(7));
        assert_eq!(silent.end, End::Silence, "{listener:?}");
        let silent = world.under(listener, any().stall());
        assert_eq!(
            (silent.status, silent.end),
            (0, End::Silence),
            "{listener:?}"
        );
        let limited = world.under(listener, any().rate_limited(3)).expect(429);
        assert_eq!(limited.header("ratelimit"), Some("\"api\";r=0;t=3"));
        world.under(listener, any().status(503)).expect(503);
        assert_eq!(
            world.ask(listener, |_| {}).status,
            whole.status,
            "{listener:?}"
        );
    }
}

#[test]
fn each_of_them_limits_its_connections() {
    let world = World::new();
    for listener in LISTENERS {
        let refused = world.ask(listener, |at| {
            let limit = ResponseLimit::new(0, Excess::Status(503));
            world
                .hub
                .set_behavior(at, Behavior::new().connections(limit));
        });
        assert_eq!(refused.status, 503, "{listener:?}");
        world.hub.clear_behaviors();
    }
}

#[test]
fn a_token_can_be_revoked_in_the_middle_of_an_upload() {
    let hub = hub();
    let token = write_token(&hub);
    let file = Prepared::new(random(1, 400_000));
    let fault = hub.fault(
        Fault::on(Method::POST, "/v1/shards")
            .at(Listener::Cas)
            .run(|hub| hub.xet().revoke_tokens()),
    );
    file.put_xorb(&hub, &token).expect(200);
    file.put_shard(&hub, &token).expect(401);
    assert_eq!(fault.fired(), 1);
    file.put_shard(&hub, &write_token(&hub)).expect(200);
}

#[test]
fn an_upload_is_reset_or_its_response_is_lost() {
    let hub = hub();
    let token = write_token(&hub);
    let file = Prepared::new(random(1, 400_000));
    let xorbs = || Fault::on(Method::POST, "/v1/xorbs/*");
    hub.fault(xorbs().reset_upload_after(1000));
    let reset = file.put_xorb(&hub, &token);
    assert_eq!((reset.status, hub.xet().xorbs()), (0, 0));
    hub.fault(xorbs().lose_response());
    let lost = file.put_xorb(&hub, &token);
    assert_eq!((lost.status, hub.xet().xorbs()), (0, 1));
    assert_eq!(file.put_xorb(&hub, &token).json()["was_inserted"], false);
}
