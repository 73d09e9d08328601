use std::sync::LazyLock;

use hf_transport::{Client, Error, Pages, Request, Response, ResponsePages};

use crate::support::{Script, Server, settled, status, text};

#[test]
fn a_client_is_one_pointer_for_all_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<Client>();
    shared::<Request>();
    sent::<Response>();
    sent::<Pages<String>>();
    sent::<ResponsePages>();
    assert_eq!(size_of::<Client>(), size_of::<usize>());
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

fn is_send<T: Send>(_: T) {}

#[test]
fn futures_stay_small() {
    let client = Script::new([]).client().build().unwrap();
    let request = || Request::get("/x");
    let sizes = [
        ("send_raw", size_of_val(&client.send_raw(request())), 2_000),
        ("execute", size_of_val(&client.execute(request())), 3_200),
        ("fetch", size_of_val(&client.fetch(request())), 4_400),
    ];
    for (name, size, limit) in sizes {
        assert!(size <= limit, "the future of {name} has {size} bytes");
    }
    is_send(client.fetch(request()));
}

/// A client in a `static`, as every test suite has it: made outside of a runtime, used in several.
#[test]
fn one_client_serves_one_runtime_after_another() {
    static CLIENT: LazyLock<Client> =
        LazyLock::new(|| settled().endpoint("http://127.0.0.1:9").build().unwrap());
    let _ = CLIENT.endpoint();
    for round in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Server::http(|_| text("ok")).await;
            for _ in 0..2 {
                let response = CLIENT
                    .fetch(Request::get(server.url() + "/x"))
                    .await
                    .unwrap();
                assert_eq!(response.text(), "ok", "round {round}");
            }
        });
    }
}

/// The same connection pool over the end of a runtime that held its connections.
#[test]
fn connections_of_a_runtime_that_ended_are_replaced() {
    let serving = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = serving.block_on(Server::http(|_| text("ok")));
    let client = settled().endpoint(server.url()).build().unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let response = runtime.block_on(client.fetch(Request::post("/x"))).unwrap();
        assert_eq!(response.text(), "ok");
    }
}

/// A runtime of one thread that nobody drives, because that thread waits for what happens on another.
#[test]
fn a_runtime_that_is_blocked_does_not_hold_up_another_one() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let serving = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = serving.block_on(Server::http(|_| text("ok")));
    let timeouts =
        hf_transport::Timeouts::default().with_headers(std::time::Duration::from_secs(1));
    let retry = hf_transport::RetryConfig::none();
    let client = settled()
        .endpoint(server.url())
        .timeouts(timeouts)
        .retry(retry)
        .build()
        .unwrap();
    let outer = runtime();
    outer.block_on(async {
        client.fetch(Request::get("/x")).await.unwrap();
        let other = client.clone();
        let waited =
            std::thread::spawn(move || runtime().block_on(other.fetch(Request::get("/x"))));
        assert_eq!(waited.join().unwrap().unwrap().text(), "ok");
        client.fetch(Request::get("/x")).await.unwrap();
    });
}

#[tokio::test]
async fn a_client_with_another_token_shares_the_rest() {
    let script = Script::new([status(200), status(200), status(200)]);
    let client = script.client().build().unwrap();
    let other = client.with_token(hf_transport::Token::new("hf_other").unwrap());
    client.execute(Request::get("/x")).await.unwrap();
    other.execute(Request::get("/x")).await.unwrap();
    other
        .execute(Request::get("/x").token(hf_transport::TokenMode::None))
        .await
        .unwrap();
    let tokens: Vec<_> = script
        .seen()
        .iter()
        .map(|s| s.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        tokens,
        [
            Some("Bearer hf_test".into()),
            Some("Bearer hf_other".into()),
            None
        ]
    );
}
