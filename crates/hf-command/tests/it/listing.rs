//! `hf models`, `hf datasets` and `hf spaces`: lists, files and facts.

use hf_testhub::{Op, RepoType};
use serde_json::{Value, json};

use crate::support::Shell;

const MODEL: &str = "user/demo";

fn with_files() -> Shell {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, MODEL);
    let files = [
        Op::add("config.json", "{\"a\": 1}\n"),
        Op::add("data/train.csv", "a,b\n1,2\n"),
        Op::add("model.safetensors", vec![0_u8; 2048]),
    ];
    shell.hub.commit(MODEL, "add files", files);
    shell
}

#[test]
fn models_are_listed_for_people_programs_and_scripts() {
    let shell = Shell::logged_in();
    shell.hub.seed_models(3);
    let ids: Vec<String> = shell
        .prints("models ls -q")
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(ids.len(), 3);
    let rows = shell.json("models ls");
    let row = rows[0].as_object().unwrap();
    assert_eq!(rows[0]["id"], ids[0].as_str());
    let time = rows[0]["created_at"].as_str().unwrap();
    assert!(time.ends_with("+00:00"), "{time}");
    // Python knows neither, and prints no nulls.
    assert!(
        !row.contains_key("modelId") && !row.contains_key("_id"),
        "{row:?}"
    );
    assert!(row.values().all(|value| !value.is_null()), "{row:?}");
    let table = shell.prints("models ls --no-truncate");
    assert!(table.starts_with("ID "), "{table}");
    assert_eq!(table.lines().count(), 5, "{table}");
    let lines = shell.prints("models list --format agent");
    assert!(lines.starts_with("id\t"), "{lines}");
    assert!(lines.contains("\tFalse\t"), "{lines}");
    assert_eq!(shell.prints("models ls --limit 2 -q").lines().count(), 2);
    let narrow = shell
        .command("models ls")
        .env("COLUMNS", "60")
        .output()
        .unwrap();
    let narrow = String::from_utf8(narrow.stdout).unwrap();
    assert!(narrow.contains("..."), "{narrow}");
}

#[test]
fn filters_reach_the_hub_as_python_sends_them() {
    let shell = Shell::logged_in();
    shell.prints(
        "models ls --search a --author b --filter c --filter d --pipeline-tag e --no-gated --apps f --warm --sort \
         trending_score --limit 7 --expand downloads,likes --num-parameters min:6B",
    );
    let requests = shell.hub.requests();
    let query = &requests.last().unwrap().query;
    for part in [
        "search=a",
        "author=b",
        "filter=c",
        "filter=d",
        "pipeline_tag=e",
        "gated=false",
        "apps=f",
        "inference=warm",
        "sort=trendingScore",
        "limit=7",
        "expand=downloads",
        "expand=likes",
        "num_parameters=min%3A6B",
    ] {
        let decoded = part.replace("%3A", ":");
        assert!(
            query.contains(part) || query.contains(&decoded),
            "{part}: {query}"
        );
    }
}

#[test]
fn nothing_found_is_no_failure() {
    let shell = Shell::logged_in();
    for kind in ["models", "datasets", "spaces"] {
        assert_eq!(
            shell.prints(&format!("{kind} ls --search absent")),
            "No results found.\n"
        );
        assert_eq!(shell.prints(&format!("{kind} ls --search absent -q")), "");
        assert_eq!(shell.json(&format!("{kind} ls --search absent")), json!([]));
    }
}

#[test]
fn the_files_of_a_repository_are_listed() {
    let shell = with_files();
    let paths = shell.prints("models ls user/demo -q");
    assert!(
        paths.contains("config.json\n") && paths.contains("data/\n"),
        "{paths}"
    );
    let all = shell.prints("models ls user/demo -R -q");
    assert!(all.contains("data/train.csv\n"), "{all}");
    let plain = shell.prints("models ls user/demo");
    let line = plain
        .lines()
        .find(|line| line.ends_with("model.safetensors"))
        .unwrap();
    assert!(line.starts_with("        2048  20"), "{line}");
    let readable = shell.prints("models ls user/demo -hR");
    assert!(readable.contains("      2.0 KB  "), "{readable}");
    let tree = shell.prints("models ls user/demo --tree -R -q");
    assert!(
        tree.contains("├── data/\n│   └── train.csv\n└── model.safetensors\n"),
        "{tree}"
    );
    let files = shell.json("models ls user/demo");
    let config = files
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["path"] == "config.json");
    let config = config.unwrap().as_object().unwrap();
    assert_eq!(config["size"], 9);
    assert!(
        config["last_commit"]["date"]
            .as_str()
            .unwrap()
            .ends_with("+00:00")
    );
    let ran = shell.run("models ls user/demo");
    assert!(ran.stderr.contains("-R"), "{}", ran.stderr);
}

#[test]
fn options_of_lists_and_of_files_do_not_mix() {
    let shell = with_files();
    shell.refuses(&[
        "models ls user/demo --search x",
        "models ls user/demo --limit 3",
        "models ls user/demo --expand downloads",
        "models ls --tree",
        "models ls -R",
        "models ls -h",
        "datasets ls --revision main",
        "spaces ls user/demo --sort likes",
        "spaces ls --sort downloads",
        "models ls --sort size",
        "models ls --expand nothing",
        "models ls --limit 0",
        "models ls --warm --inference-provider novita",
        "models",
        "models info",
    ]);
    shell.fails(2, "models ls user/demo --tree --json");
}

#[test]
fn facts_are_json_in_every_format() {
    let shell = with_files();
    let info = shell.json("models info user/demo");
    assert_eq!(info["id"], MODEL);
    assert!(info["siblings"].as_array().unwrap().len() >= 3, "{info}");
    let human = shell.prints("models info user/demo");
    assert!(
        human.starts_with("{\n  \"id\": \"user/demo\",\n"),
        "{human}"
    );
    assert_eq!(serde_json::from_str::<Value>(&human).unwrap(), info);
    let quiet = shell.prints("models info user/demo -q");
    assert_eq!(serde_json::from_str::<Value>(&quiet).unwrap(), info);
    assert_eq!(
        shell
            .prints("models info user/demo --json=id,likes")
            .matches(": ")
            .count(),
        2
    );
    for kind in [RepoType::Dataset, RepoType::Space] {
        shell.hub.create_repo(kind, "user/other");
    }
    assert_eq!(shell.json("datasets info user/other")["id"], "user/other");
    assert_eq!(shell.json("spaces info user/other")["sdk"], "gradio");
}

#[test]
fn what_is_not_there_is_named() {
    let shell = with_files();
    let error = shell.fails(2, "models info a/b/c");
    assert!(error.contains("invalid repo id"), "{error}");
    let error = shell.fails(3, "models info user/absent");
    assert!(error.contains("Model 'user/absent' not found"), "{error}");
    let error = shell.fails(3, "models info user/demo --revision absent");
    assert!(
        error.contains("revision 'absent' not found on 'user/demo'"),
        "{error}"
    );
    let error = shell.fails(3, "datasets ls user/absent");
    assert!(error.contains("Dataset 'user/absent' not found"), "{error}");
    let error: Value =
        serde_json::from_str(&shell.fails(3, "spaces info user/absent --json")).unwrap();
    assert_eq!(error["error"]["kind"], "RepositoryNotFound");
}

#[test]
fn a_name_from_the_hub_does_not_move_the_cursor() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, MODEL);
    shell
        .hub
        .commit(MODEL, "add", [Op::add("a\u{1b}[2Jb.txt", "x")]);
    for line in [
        "models ls user/demo",
        "models ls user/demo --tree",
        "models ls user/demo -q",
    ] {
        let text = shell.prints(line);
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(text.contains("[2Jb.txt"), "{text:?}");
    }
}

#[test]
fn datasets_have_parquet_files_and_leaderboards() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Dataset, "user/data");
    let viewer = format!("{}/-/datasets-server", shell.hub.endpoint());
    let run = |line: &str| {
        let output = shell
            .command(line)
            .env("HF_DATASETS_SERVER_ENDPOINT", &viewer)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let files: Value = serde_json::from_str(&run("datasets parquet user/data --json")).unwrap();
    for file in files.as_array().unwrap() {
        let keys: Vec<_> = file.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["size", "split", "subset", "url"]);
    }
    assert_eq!(run("datasets parquet user/data --split absent -q"), "");
    let rows = (1..=3).map(|rank| {
        json!({"rank": rank, "modelId": format!("user/m{rank}"), "value": 0.5, "filename": "r.yaml", "verified": true})
    });
    shell
        .hub
        .set_leaderboard((RepoType::Dataset, "user/data"), rows.collect());
    assert_eq!(
        shell.prints("datasets leaderboard user/data --limit 2 -q"),
        "user/m1\nuser/m2\n"
    );
    assert!(
        shell
            .prints("datasets leaderboard user/data")
            .starts_with("RANK MODEL_ID VALUE")
    );
    assert_eq!(
        shell.json("datasets leaderboard user/data")[2]["filename"],
        "r.yaml"
    );
}

#[cfg(unix)]
#[test]
fn a_query_is_run_by_duckdb() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::logged_in();
    let error = shell.fails(1, "datasets sql 'SELECT 1'");
    assert!(error.contains("duckdb"), "{error}");
    // A stand-in that tells what it was given.
    shell.write(
        "bin/duckdb",
        "#!/bin/sh\ncat > script.sql\necho '[{\"z\":1,\"a\":\"x\"}]'\n",
    );
    let program = shell.work("bin/duckdb");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/bin:/usr/bin", shell.work("bin").display());
    let run = |line: &str| shell.command(line).env("PATH", &path).output().unwrap();
    let output = run("datasets sql 'SELECT 1;' --json");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "[{\"z\": 1, \"a\": \"x\"}]\n"
    );
    let script = std::fs::read_to_string(shell.work("script.sql")).unwrap();
    assert!(script.ends_with(".output\nSELECT 1;\n"), "{script}");
    assert!(
        script.contains(&format!("TOKEN '{}'", shell.hub.token())),
        "{script}"
    );
    for sql in ["", ";", ".shell rm x", "SELECT 1\n .output y"] {
        let mut command = shell.command_of(["datasets", "sql", sql]);
        assert_eq!(
            command.env("PATH", &path).output().unwrap().status.code(),
            Some(2),
            "{sql}"
        );
    }
}

#[test]
fn a_filter_takes_from_the_json_what_is_wanted() {
    let shell = with_files();
    assert_eq!(
        shell
            .prints("models ls user/demo -R --jq '.[] | select(.path | test(\"^data/\")) | .path'"),
        "data/train.csv\n"
    );
    assert_eq!(
        shell.prints("models info user/demo --json=id,private --jq '.'"),
        "{\"id\":\"user/demo\",\"private\":false}\n"
    );
    // What is no filter is found before anything is sent.
    let before = shell.hub.requests().len();
    let text = shell.fails(2, "models info user/demo --jq '.['");
    assert!(text.contains("--jq"), "{text}");
    assert_eq!(shell.hub.requests().len(), before);
    let text = shell.fails(1, "models info user/demo --jq '.id.x'");
    assert!(text.contains("the filter of --jq failed"), "{text}");
    shell.refuses(&["models ls -q --jq ."]);
}
