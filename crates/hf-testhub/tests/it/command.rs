//! The command `hf-testhub`.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::support::Call;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hf-testhub"))
}

#[test]
fn prints_where_it_is_and_serves_what_it_was_seeded_with() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut child = command()
        .args([
            "--port",
            &port.to_string(),
            "--seed-models",
            "3",
            "--seed-files",
            "2",
        ])
        .args(["--seed-blob", "1000", "--direct"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _running = Running(child);
    let told: HashMap<String, String> = lines
        .take(10)
        .map(|line| {
            let line = line.unwrap();
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    let endpoint = &told["HF_ENDPOINT"];
    assert_eq!(*endpoint, format!("http://127.0.0.1:{port}"));
    assert_ne!(*endpoint, told["STORAGE"]);
    for (token, user, role) in [
        ("HF_TOKEN", "user", "write"),
        ("READ_TOKEN", "user", "read"),
        ("OTHER_TOKEN", "other", "write"),
    ] {
        let me = Call::new("GET", format!("{endpoint}/api/whoami-v2"))
            .token(&told[token])
            .send()
            .expect(200)
            .json();
        assert_eq!(
            (&me["name"], &me["auth"]["accessToken"]["role"]),
            (&user.into(), &role.into())
        );
    }
    let models = Call::new("GET", format!("{endpoint}/api/models"))
        .send()
        .expect(200)
        .json();
    assert_eq!(models.as_array().unwrap().len(), 5);
    let file = format!("{endpoint}/user/files/resolve/main/data/000/file-00001.txt");
    assert_eq!(Call::new("GET", file).send().expect(200).body.len(), 1024);
    let blob = format!("{endpoint}/user/blob/resolve/main/model.safetensors");
    let large = Call::new("HEAD", blob).send().expect(302);
    assert_eq!(large.header("x-linked-size"), Some("1000"));
}

#[test]
fn counts_its_requests_and_refuses_as_many_as_it_was_told_to() {
    let mut child = command()
        .args(["--seed-shards", "2", "--refuse-every", "4"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let first = BufReader::new(child.stdout.take().unwrap()).lines().next();
    let _running = Running(child);
    let first = first.unwrap().unwrap();
    let endpoint = first.strip_prefix("HF_ENDPOINT=").unwrap();
    let get = |path: &str| Call::new("GET", format!("{endpoint}{path}")).send();
    get("/user/sharded/resolve/main/model.safetensors.index.json").expect(307);
    let statuses: Vec<u16> = (0..4)
        .map(|_| get("/api/models/user/sharded").status)
        .collect();
    assert_eq!(statuses, [200, 200, 429, 200]);
    let counted = get("/-/testhub/requests").expect(200).json();
    assert_eq!(counted["requests"], 5);
    // The fourth and the eighth are refused.
    get("/api/models/user/sharded?full=1").expect(200);
    get("/-/testhub/requests?from=0").expect(429);
    let lines = get("/-/testhub/requests?from=4").expect(200).json();
    assert_eq!(
        lines["lines"],
        serde_json::json!([
            "Hub GET /api/models/user/sharded",
            "Hub GET /-/testhub/requests",
            "Hub GET /api/models/user/sharded?full=1",
            "Hub GET /-/testhub/requests?from=0",
        ])
    );
    get("/-/testhub/requests?from=x").expect(400);
}

#[test]
fn refuses_what_it_does_not_understand() {
    for (arguments, says) in [
        (vec!["--sideways"], "unknown option \"--sideways\""),
        (vec!["--port"], "--port needs a number"),
        (vec!["--port", "many"], "not \"many\""),
        (vec!["--port", "70000"], "70000 is too large"),
    ] {
        let output = command().args(&arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(says), "{error}");
    }
    let help = command().arg("--help").output().unwrap();
    assert!(help.status.success());
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("--seed-models N")
    );
}
