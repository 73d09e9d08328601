//! The README says which routes there are, and which there are not.
use crate::support::{Call, Calls};
use hf_testhub::{RepoType, TestHub};

const README: &str = include_str!("../../README.md");

/// The routes of the first block of text after a heading, each alternative on its own.
fn routes(heading: &str) -> Vec<(String, String)> {
    let (_, section) = README.split_once(heading).expect("the heading is there");
    let (_, block) = section.split_once("```text\n").expect("a block begins");
    let (block, _) = block.split_once("```").expect("the block ends");
    let mut found = Vec::new();
    for line in block.lines().filter(|line| line.starts_with("  ")) {
        let (methods, path) = line.trim().split_once(' ').expect("methods and a path");
        for method in methods.split(',') {
            for path in alternatives(path.trim()) {
                found.push((method.to_owned(), path));
            }
        }
    }
    found
}

/// `/a/{b,c}` is `/a/b` and `/a/c`.
fn alternatives(path: &str) -> Vec<String> {
    let list = path.split('{').skip(1).find_map(|part| {
        let (inside, _) = part.split_once('}')?;
        inside.contains(',').then_some(inside)
    });
    match list {
        None => vec![path.to_owned()],
        Some(list) => list
            .split(',')
            .flat_map(|one| alternatives(&path.replacen(&format!("{{{list}}}"), one, 1)))
            .collect(),
    }
}

/// A path with something for each name in braces.
fn fill(path: &str, kind: &str) -> String {
    let files = if kind == "models" {
        "/user/m".to_owned()
    } else {
        format!("/{kind}/user/m")
    };
    path.replace("{repo}", &format!("/api/{kind}/user/m"))
        .replace("{files}", &files)
        .replace("{id}", "user/m")
        .replace("{slug}", "user/list-650000000000000000000000")
        .replace("{revision}", "main")
        .replace("{commit}", "main")
        .replace("{user}", "user")
        .replace("{org}", "org")
        .replace("{num}", "1")
        .replace(['{', '}'], "")
}

fn hub() -> TestHub {
    let hub = TestHub::start_blocking();
    for repo_type in [
        RepoType::Model,
        RepoType::Dataset,
        RepoType::Space,
        RepoType::Kernel,
    ] {
        hub.create_repo(repo_type, "user/m");
    }
    hub.create_org("org", &["user"]);
    hub
}

#[test]
fn the_readme_lists_what_is_offered() {
    let hub = hub();
    let offered = routes("## Routes");
    assert!(offered.len() > 130, "{}", offered.len());
    for (method, path) in offered {
        let kinds: &[&str] = if path.starts_with('{') {
            &["models", "datasets", "spaces"]
        } else {
            &["models"]
        };
        for kind in kinds {
            let path = fill(&path, kind);
            let response = hub.call(&method, &path).body("{}").send();
            assert_ne!(response.status, 501, "{method} {path}: {}", response.text());
            let lost = response.text().contains("page you are looking for");
            assert!(!lost, "{method} {path}");
        }
    }
}

#[test]
fn the_content_store_offers_what_the_readme_lists() {
    let hub = hub();
    hub.set_xet(true);
    let token = hub.get("/api/models/user/m/xet-write-token/main").json();
    let token = token["accessToken"].as_str().unwrap();
    let offered = routes("## The content store");
    assert_eq!(offered.len(), 13, "{offered:?}");
    for (method, path) in offered {
        let path = path
            .replace("{hash}", &"0".repeat(64))
            .replace("{grant}", "1");
        let response = match path.split('/').nth(1).unwrap() {
            // Not signed: known, and refused.
            "xorbs" | "grants" => {
                let url = format!("{}{path}", hub.storage_endpoint());
                Call::new(&method, url).send().expect(403)
            }
            "xet-bridge" => {
                let url = format!("{}{path}", hub.bridge_endpoint());
                Call::new(&method, url).send().expect(403)
            }
            _ => {
                let url = format!("{}{path}", hub.cas_endpoint());
                Call::new(&method, url).token(token).body("{}").send()
            }
        };
        assert_ne!(response.text(), "Not found", "{method} {path}");
    }
}

#[test]
fn what_is_not_offered_answers_501_and_says_so() {
    let hub = hub();
    let absent = routes("## What it does not offer");
    assert!(absent.len() > 8, "{absent:?}");
    for (method, path) in absent {
        let path = fill(&path, "models");
        let response = hub.call(&method, &path).body("{}").send();
        assert_eq!(response.status, 501, "{method} {path}: {}", response.text());
        let message = format!("hf-testhub does not offer {method} {path}");
        assert!(response.text().contains(&message), "{}", response.text());
    }
}
