//! `hf endpoints`.

use serde_json::{Value, json};

use crate::support::{Ran, Shell, ran};

const DEPLOY: &str = "endpoints deploy mine --repo gpt2 --framework pytorch --accelerator cpu --instance-size x4 \
                      --instance-type intel-icl --region us-east-1 --vendor aws";

fn run(shell: &Shell, line: &str) -> Ran {
    let hub = shell.hub.endpoint();
    ran(&shell
        .command(line)
        .env(
            "HF_INFERENCE_ENDPOINTS_ENDPOINT",
            format!("{hub}/-/endpoints/v2"),
        )
        .env("HF_INFERENCE_CATALOG_ENDPOINT", format!("{hub}/-/catalog"))
        .output()
        .unwrap())
}

fn json(shell: &Shell, line: &str) -> Value {
    let ran = run(shell, &format!("{line} --json"));
    assert_eq!(ran.status, Some(0), "{line}: {}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn an_endpoint_is_deployed_changed_paused_and_deleted() {
    let shell = Shell::logged_in();
    let made = json(&shell, DEPLOY);
    assert_eq!(made["name"], "mine");
    assert_eq!(made["model"]["repository"], "gpt2");
    let listed = json(&shell, "endpoints ls");
    assert_eq!(listed[0]["model"], "gpt2");
    assert_eq!(listed[0]["vendor"], "aws");
    assert_eq!(run(&shell, "endpoints ls -q").stdout, "mine\n");
    assert_eq!(json(&shell, "endpoints describe mine")["name"], "mine");
    json(&shell, "endpoints pause mine");
    json(&shell, "endpoints resume mine");
    json(&shell, "endpoints scale-to-zero mine");
    assert_eq!(
        json(&shell, "endpoints update mine --max-replica 3")["compute"]["scaling"]["maxReplica"],
        3
    );
    let refused = run(&shell, "endpoints delete mine");
    assert_eq!(refused.status, Some(1));
    assert!(refused.stderr.contains("--yes"), "{}", refused.stderr);
    assert_eq!(
        json(&shell, "endpoints delete mine --yes"),
        json!({"name": "mine"})
    );
    // Python's exit status is the HTTP status modulo 256.
    assert_eq!(run(&shell, "endpoints describe mine").status, Some(3));
}

#[test]
fn the_container_of_an_endpoint_is_described_by_options() {
    let shell = Shell::logged_in();
    let line = format!(
        "{DEPLOY} --custom-image img:1 --engine vllm --port 8000 --health-route /health --tensor-parallel-size 2 \
         --container-args '--tp 8 \"a b\"' -e A=1 -s B=2 --type private"
    );
    json(&shell, &line);
    let requests = shell.hub.requests();
    let body = &requests
        .iter()
        .rev()
        .find(|request| request.method == http::Method::POST)
        .unwrap()
        .body;
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(
        body["model"]["image"],
        json!({"vLLM": {"url": "img:1", "port": 8000, "healthRoute": "/health", "tensorParallelSize": 2}})
    );
    assert_eq!(body["model"]["args"], json!(["--tp", "8", "a b"]));
    assert_eq!(body["model"]["env"], json!({"A": "1"}));
    assert_eq!(body["type"], "private");
    for line in [
        "endpoints deploy mine",
        "endpoints catalog deploy",
        "endpoints catalog deploy --repo a --recipe b",
        "endpoints update mine --engine vllm",
        "endpoints update mine --custom-image x --tensor-parallel-size 2",
        "endpoints update mine --container-args '\"'",
    ] {
        let ran = run(&shell, line);
        assert_eq!(ran.status, Some(2), "{line}: {}", ran.stderr);
    }
}

#[test]
fn hardware_and_catalog_are_listed() {
    let shell = Shell::logged_in();
    let hardware = json(&shell, "endpoints hardware --all");
    let row = &hardware[0];
    assert!(row["quota"].as_str().unwrap().contains('/'), "{row}");
    assert!(row["id"].is_string(), "{row}");
    let absent = run(&shell, "endpoints hardware --vendor absent");
    assert_eq!(absent.stdout, "No results found.\n");
    assert!(
        absent.stderr.contains("no hardware has --vendor absent"),
        "{}",
        absent.stderr
    );
    let catalog = json(&shell, "endpoints catalog ls");
    assert_eq!(json(&shell, "endpoints list-catalog"), catalog);
    let recipe = catalog[0]["recipe_id"].as_str().unwrap();
    let deployed = json(
        &shell,
        &format!("endpoints catalog deploy --recipe {recipe} --name catalogued"),
    );
    assert_eq!(deployed["name"], "catalogued");
}
