//! `hf download`.

use std::fs;

use hf_testhub::{Fault, Op, RepoName, RepoType};
use serde_json::{Value, json};

use crate::support::{Shell, ran};

const REPO: &str = "user/model";

/// A model of four files.
fn shell() -> Shell {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, REPO);
    let files = [
        ("config.json", vec![b'{'; 13]),
        ("data/test.csv", b"a,b\n1,2\n".to_vec()),
        ("data/train.csv", b"a,b\n3,4\n".to_vec()),
        ("model.safetensors", vec![7; 2048]),
    ];
    let operations = files.map(|(path, content)| Op::add(path, content));
    shell.hub.commit(REPO, "Files", operations);
    shell
}

/// The paths below a folder, sorted.
fn below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(current).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".cache") || path.ends_with(".gitattributes") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let path = path.strip_prefix(folder).unwrap();
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_repository_is_downloaded_into_the_cache() {
    let shell = shell();
    let ran = shell.run(&format!("download {REPO}"));
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let folder = ran
        .stdout
        .strip_prefix("✓ Downloaded\n  path: ")
        .unwrap()
        .trim_end();
    assert!(
        folder.starts_with(shell.path("hub").to_str().unwrap()),
        "{folder}"
    );
    assert_eq!(
        below(folder),
        [
            "config.json",
            "data/test.csv",
            "data/train.csv",
            "model.safetensors"
        ]
    );
    assert!(
        ran.stderr.contains("files, 2.1 KB downloaded in ")
            || ran.stderr.contains("KB downloaded in "),
        "{}",
        ran.stderr
    );
    // Again, in the other modes: all is there.
    let again = shell.run(&format!("download {REPO}"));
    assert!(
        again.stderr.contains("were there already"),
        "{}",
        again.stderr
    );
    assert_eq!(
        shell.prints(&format!("download {REPO} -q")),
        format!("{folder}\n")
    );
    assert_eq!(
        shell.prints(&format!("download {REPO} --format agent")),
        format!("path={folder}\n")
    );
    let ran = shell.run(&format!("download {REPO} --json"));
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.stdout, format!("{{\"path\": \"{folder}\"}}\n"));
    assert_eq!(
        shell.prints(&format!("download {REPO} --offline -q")),
        format!("{folder}\n")
    );
}

#[test]
fn files_folders_and_patterns_select() {
    let shell = shell();
    for (line, expected) in [
        ("config.json", vec!["config.json"]),
        (
            "config.json model.safetensors",
            vec!["config.json", "model.safetensors"],
        ),
        ("data/", vec!["data/test.csv", "data/train.csv"]),
        (
            "data/ config.json",
            vec!["config.json", "data/test.csv", "data/train.csv"],
        ),
        ("*.json data/t?st.csv", vec!["config.json", "data/test.csv"]),
        (
            "--include *.csv *.json --exclude data/test*",
            vec!["config.json", "data/train.csv"],
        ),
        (
            "--exclude *.csv *.json .gitattributes",
            vec!["model.safetensors"],
        ),
    ] {
        let folder = shell.work("out");
        let printed = shell.prints(&format!("download {REPO} {line} --local-dir out -q"));
        let printed = printed.trim_end();
        let expected_path = match line {
            "config.json" => folder.join("config.json"),
            _ => folder.clone(),
        };
        assert_eq!(printed, expected_path.to_str().unwrap(), "{line}");
        assert_eq!(below(folder.to_str().unwrap()), expected, "{line}");
        fs::remove_dir_all(folder).unwrap();
    }
    // The option may come first; then it takes one value.
    let folder = shell.prints(&format!(
        "download --include *.json {REPO} -q --local-dir out"
    ));
    assert_eq!(below(folder.trim_end()), ["config.json"]);
}

#[test]
fn one_missing_name_of_several_fails_before_anything_is_downloaded() {
    let shell = shell();
    let stderr = shell.fails(
        3,
        &format!("download {REPO} config.json no.txt also-no/ --local-dir out"),
    );
    assert!(stderr.contains("no.txt, also-no/"), "{stderr}");
    assert!(!shell.work("out/config.json").exists());
    let stderr = shell.fails(3, &format!("download {REPO} data"));
    assert!(stderr.contains("`data/`"), "{stderr}");
    let stderr = shell.fails(3, &format!("download {REPO} --include *.bin"));
    assert!(stderr.contains("--include *.bin"), "{stderr}");
    let stderr = shell.fails(3, "download user/nothing --json");
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(error["error"]["kind"], "RepositoryNotFound");
    let stderr = shell.fails(3, &format!("download {REPO} --revision v9"));
    assert!(stderr.contains("v9"), "{stderr}");
}

#[test]
fn a_dry_run_downloads_nothing() {
    let shell = shell();
    shell.prints(&format!("download {REPO} config.json"));
    let text = shell.prints(&format!(
        "download {REPO} *.json model.safetensors --dry-run"
    ));
    assert_eq!(
        text,
        "[dry-run] Will download 1 files (out of 2) totalling 2.0K.\n\
         FILE              SIZE\n\
         ----------------- ----\n\
         config.json       -   \n\
         model.safetensors 2.0K\n"
    );
    let one = shell.json(&format!("download {REPO} model.safetensors --dry-run"));
    assert_eq!(
        one,
        json!([{"file": "model.safetensors", "size": "2.0K", "size_bytes": 2048, "cached": false}])
    );
    assert_eq!(
        shell.prints(&format!("download {REPO} data/ --dry-run -q")),
        "data/test.csv\ndata/train.csv\n"
    );
    let agent = shell.prints(&format!("download {REPO} data/ --dry-run --format agent"));
    assert!(
        agent.ends_with("file\tsize\ndata/test.csv\t8.0\ndata/train.csv\t8.0\n"),
        "{agent}"
    );
    shell.fails(3, &format!("download {REPO} --include no --dry-run"));
}

#[test]
fn addresses_name_type_revision_and_file() {
    let shell = shell();
    let data = RepoName::from((RepoType::Dataset, "user/data"));
    shell.hub.create_repo(RepoType::Dataset, "user/data");
    shell
        .hub
        .add_file(data.clone(), "train/a.csv", b"1".to_vec());
    let old = shell
        .hub
        .add_file(data.clone(), "train/b.csv", b"2".to_vec());
    shell.hub.add_file(data, "train/b.csv", b"new".to_vec());
    for line in [
        format!("download hf://datasets/user/data@{old}/train/b.csv -q"),
        format!(
            "download {}/datasets/user/data/blob/{old}/train/b.csv -q",
            shell.hub.endpoint()
        ),
        format!("download datasets/user/data train/b.csv --revision {old} -q"),
        format!("download user/data train/b.csv --repo-type dataset --revision {old} -q"),
        format!("download user/data train/b.csv --type=dataset --revision={old} --quiet"),
    ] {
        let path = shell.prints(&line);
        assert_eq!(fs::read_to_string(path.trim_end()).unwrap(), "2", "{line}");
    }
    let folder = shell.prints("download hf://datasets/user/data/train/ -q");
    assert_eq!(below(folder.trim_end()), ["train/a.csv", "train/b.csv"]);
}

#[test]
fn contradictions_are_wrong_usage() {
    let shell = shell();
    shell.refuses(&[
        "download",
        "download a/b/c",
        "download user/../x",
        "download user/model --type bucket",
        "download hf://models/user/model --type model",
        "download models/user/model --type model",
        "download hf://buckets/user/bucket",
        "download hf://gpt2",
        "download hf://models/user/model@v1 --revision v2",
        "download hf://models/user/model/a.txt b.txt",
        "download user/model a.txt --include *.txt",
        "download user/model --include *.txt --exclude",
        "download user/model --local-dir a --cache-dir b",
        "download user/model --max-workers 0",
        "download user/model --limit-rate fast",
        "download user/model --timeout soon",
        "download user/model ''",
        "download user/model --json -q",
    ]);
    let stderr = shell.fails(2, "download user/model --no-such --json");
    let error: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!(error["error"]["kind"], "Usage");
}

#[test]
fn progress_is_on_stderr_and_as_asked() {
    let shell = shell();
    let ran = shell.run(&format!("download {REPO} data/ --progress plain -q"));
    assert_eq!(ran.stdout.lines().count(), 1);
    assert!(
        ran.stderr.contains("data/test.csv: done\n"),
        "{}",
        ran.stderr
    );
    let ran = shell.run(&format!("download {REPO} data/ --progress json"));
    let events: Vec<Value> = ran
        .stderr
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["files_present"]),
        (&json!("progress"), &json!(2))
    );
    assert!(
        events.contains(&json!({"event": "file", "file": "data/test.csv", "outcome": "present"}))
    );
    let ran = shell.run(&format!(
        "download {REPO} --progress none --force-download --limit-rate 1M --max-workers 2"
    ));
    assert_eq!(ran.status, Some(0));
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn a_network_that_fails_is_named_and_retries_are_counted() {
    let shell = shell();
    let line = format!("download {REPO} config.json --retries 1");
    let fault = shell.hub.fault(
        Fault::on(http::Method::HEAD, "*/config.json")
            .times(1)
            .status(503),
    );
    assert_eq!(shell.run(&line).status, Some(0));
    drop(fault);
    let ran = ran(&shell
        .command(&format!(
            "download {REPO} model.safetensors --retries 0 --timeout 5"
        ))
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .output()
        .unwrap());
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (Some(5), ""),
        "{}",
        ran.stderr
    );
    let stderr = shell.fails(3, &format!("download {REPO} model.safetensors --offline"));
    assert!(stderr.contains("model.safetensors"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_download_goes_on_where_it_stopped() {
    let shell = shell();
    shell.hub.add_file(REPO, "big.bin", vec![3; 4_000_000]);
    shell.hub.set_bandwidth(1_000_000);
    let mut child = shell
        .command(&format!("download {REPO} big.bin"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let blobs = shell.path("hub/models--user--model/blobs");
    let partial = || {
        fs::read_dir(&blobs).ok().and_then(|entries| {
            let mut entries = entries.flatten();
            entries.find(|entry| entry.metadata().is_ok_and(|meta| meta.len() > 100_000))
        })
    };
    while partial().is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::yield_now();
    }
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let interrupted = ran(&child.wait_with_output().unwrap());
    assert_eq!(
        (interrupted.status, interrupted.stdout.as_str()),
        (Some(130), "")
    );
    assert!(
        interrupted.stderr.contains("goes on from there"),
        "{}",
        interrupted.stderr
    );
    shell.hub.set_bandwidth(1_000_000_000);
    let again = shell.run(&format!("download {REPO} big.bin"));
    assert_eq!(again.status, Some(0));
    assert!(
        again.stderr.contains("were there already"),
        "{}",
        again.stderr
    );
}
