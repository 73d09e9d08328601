//! `hf discussions`, `hf collections`, `hf webhooks` and `hf papers`.

use hf_testhub::RepoType;
use serde_json::{Value, json};

use crate::support::Shell;

#[test]
fn a_discussion_is_opened_commented_renamed_and_closed() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Dataset, "user/data");
    let made =
        shell.json("discussions create datasets/user/data --title 'A bug' --body 'It fails.'");
    assert_eq!(made["num"], 1);
    assert_eq!(made["ref"], Value::Null);
    assert!(
        made["url"]
            .as_str()
            .unwrap()
            .ends_with("/datasets/user/data/discussions/1"),
        "{made}"
    );
    assert_eq!(
        shell.prints("discussions comment user/data 1 --type dataset --body Thanks"),
        "✓ Commented on #1 in user/data\n  num: 1\n  repo: user/data\n"
    );
    let renamed = shell.json("discussions rename user/data 1 'No bug' --type dataset");
    assert_eq!(renamed["title"], "No bug");
    let info = shell.json("discussions info datasets/user/data 1");
    assert_eq!(info["title"], "No bug");
    let comment = info["events"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .find(|event| event["type"] == "comment");
    let comment = comment.unwrap()["id"].as_str().unwrap();
    let edited = shell.json(&format!(
        "discussions edit datasets/user/data 1 {comment} --body 'Thank you'"
    ));
    assert_eq!(edited["comment_id"], comment);
    let error = shell.fails(1, "discussions close datasets/user/data 1");
    assert!(error.contains("--yes"), "{error}");
    shell.prints("discussions close datasets/user/data 1 --yes --comment Done");
    assert_eq!(shell.prints("discussions ls datasets/user/data -q"), "");
    assert_eq!(
        shell.prints("discussions ls datasets/user/data -q -s closed"),
        "1\n"
    );
    shell.prints("discussions reopen datasets/user/data 1 -y");
    let table = shell.prints("discussions ls datasets/user/data");
    assert!(
        table.starts_with("NUM  TITLE") || table.starts_with("NUM TITLE"),
        "{table}"
    );
    assert_eq!(
        shell.json("discussions ls datasets/user/data")[0]["status"],
        "open"
    );
}

#[test]
fn a_pull_request_is_shown_and_merged() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, "user/model");
    let made = shell.json("discussions create user/model --title Fix --pr");
    assert_eq!(made["ref"], "refs/pr/1");
    assert_eq!(
        shell.prints("discussions ls user/model --status draft -q"),
        "1\n"
    );
    assert_eq!(
        shell.prints("discussions ls user/model --kind discussion -q -s all"),
        ""
    );
    shell.prints("discussions diff user/model 1");
    assert!(
        shell
            .json("discussions diff user/model 1")
            .as_object()
            .unwrap()
            .contains_key("diff")
    );
    let error = shell.run("discussions merge user/model 1 --yes");
    // A draft cannot be merged.
    assert!(
        error.status == Some(0) || error.stderr.starts_with("Error"),
        "{}",
        error.stderr
    );
}

#[test]
fn the_text_of_a_discussion_may_come_from_a_file() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, "user/model");
    shell.write("body.md", "From a file.");
    shell.write("shot.png", "png");
    shell.prints(
        "discussions create user/model --title Text --body-file body.md --attach shot.png#Screen",
    );
    let info = shell.json("discussions info user/model 1");
    let text = info["events"][0]["content"].as_str().unwrap();
    assert!(text.starts_with("From a file.\n\n![Screen](http"), "{text}");
    let error = shell.fails(3, "discussions comment user/model 1 --attach absent.png");
    assert!(error.contains("absent.png"), "{error}");
    shell.fails(2, "discussions comment user/model 1");
    shell.refuses(&[
        "discussions create user/model",
        "discussions create user/model --title T --body x --body-file y",
        "discussions info user/model 0",
        "discussions info user/model",
        "discussions ls datasets/user/x --type model",
        "discussions ls user/model --status new",
    ]);
    let error = shell.fails(3, "discussions ls user/absent");
    assert!(error.contains("absent"), "{error}");
}

#[test]
fn a_collection_is_made_filled_and_deleted() {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, "user/model");
    let made = shell.json("collections create 'My models' --description 'All of them' --private");
    let slug = made["slug"].as_str().unwrap().to_owned();
    assert_eq!(
        made["url"],
        format!("{}/collections/{slug}", shell.hub.endpoint())
    );
    let line = |line: &str| line.replace("SLUG", &slug);
    let added = shell.json(&line(
        "collections add-item SLUG user/model model --note Good",
    ));
    assert_eq!(added["slug"], slug.as_str());
    let again = shell.run(&line("collections add-item SLUG user/model model"));
    assert_eq!(again.status, Some(1), "{}", again.stderr);
    shell.prints(&line(
        "collections add-item SLUG user/model model --exists-ok",
    ));
    let info = shell.json(&line("collections info SLUG"));
    assert_eq!(info["items"][0]["item_id"], "user/model");
    let item = info["items"][0]["item_object_id"].as_str().unwrap();
    shell.prints(&line(&format!(
        "collections update-item SLUG {item} --note Better"
    )));
    assert_eq!(
        shell.json(&line("collections info SLUG"))["items"][0]["note"],
        "Better"
    );
    let updated = shell.json(&line("collections update SLUG --title Yours --theme green"));
    assert!(updated["url"].is_string(), "{updated}");
    assert_eq!(
        shell.json("collections ls --owner user")[0]["title"],
        "Yours"
    );
    assert_eq!(
        shell.prints("collections ls --owner user -q"),
        shell.json("collections ls --owner user")[0]["slug"]
            .as_str()
            .unwrap()
            .to_owned()
            + "\n"
    );
    shell.prints(&line(&format!("collections delete-item SLUG {item}")));
    shell.fails(3, &line(&format!("collections delete-item SLUG {item}")));
    shell.prints(&line(&format!(
        "collections delete-item SLUG {item} --missing-ok"
    )));
    assert_eq!(
        shell.prints(&line("collections delete SLUG -q")),
        format!("{slug}\n")
    );
    shell.fails(3, &line("collections delete SLUG"));
    shell.prints(&line("collections delete SLUG --missing-ok"));
    shell.refuses(&[
        "collections add-item a/b",
        "collections add-item a/b c file",
        "collections ls --sort likes",
    ]);
}

#[test]
fn a_webhook_is_made_changed_and_deleted() {
    let shell = Shell::logged_in();
    let made = shell.json("webhooks create --url https://example.org/hook --watch model:gpt2 --watch user:user --domain repo");
    let id = made["id"].as_str().unwrap().to_owned();
    let line = |line: &str| line.replace("ID", &id);
    assert_eq!(
        shell.json("webhooks ls")[0],
        json!({"id": id, "url": "https://example.org/hook", "disabled": false, "domains": ["repo"], "watched": ["model:gpt2", "user:user"]})
    );
    assert_eq!(shell.prints("webhooks list -q"), format!("{id}\n"));
    shell.prints(&line("webhooks disable ID"));
    assert_eq!(shell.json(&line("webhooks info ID"))["disabled"], true);
    shell.prints(&line("webhooks enable ID"));
    // What is watched stays: Python's command empties it.
    shell.prints(&line("webhooks update ID --url https://example.org/new"));
    let info = shell.json(&line("webhooks info ID"));
    assert_eq!(info["url"], "https://example.org/new");
    assert_eq!(info["watched"].as_array().unwrap().len(), 2);
    shell.fails(1, &line("webhooks delete ID"));
    assert_eq!(
        shell.prints(&line("webhooks delete ID --yes")),
        format!("✓ Webhook deleted\n  id: {id}\n")
    );
    assert_eq!(shell.json("webhooks ls"), json!([]));
    shell.fails(3, &line("webhooks info ID"));
    shell.refuses(&[
        "webhooks create --url https://example.org",
        "webhooks create --watch model:gpt2",
        "webhooks create --watch gpt2 --url https://example.org",
        "webhooks create --watch file:gpt2 --url https://example.org",
        "webhooks create --watch model:gpt2 --url https://example.org --job-id x",
        "webhooks create --watch model:gpt2 --url https://example.org -s A=1",
    ]);
}

#[test]
fn papers_are_found_and_read() {
    let shell = Shell::logged_in();
    shell
        .hub
        .add_paper("2502.08025", "Attention again", "It is needed.", json!({}));
    let listed = shell.json("papers ls");
    let id = listed[0]["id"].as_str().unwrap();
    assert!(listed[0]["submitted_by_name"].is_string(), "{listed}");
    assert!(shell.prints("papers ls").starts_with("ID "));
    let title = listed[0]["title"].as_str().unwrap();
    let word = title.split(' ').next().unwrap();
    assert!(!shell.prints(&format!("papers search {word} -q")).is_empty());
    assert_eq!(shell.json(&format!("papers info {id}"))["id"], id);
    let text = shell.prints(&format!("papers read {id}"));
    assert_eq!(
        shell.json(&format!("papers read {id}"))["text"],
        text.as_str()
    );
    let error = shell.fails(3, "papers info 0000.00000");
    assert!(error.contains("paper '0000.00000' not found"), "{error}");
    // Anonymous on purpose, unless a token is named.
    let requests = shell.hub.requests();
    let of_one = requests
        .iter()
        .filter(|request| request.path.contains("2502.08025"));
    assert!(of_one.clone().count() > 0);
    for request in of_one {
        assert!(
            !request.headers.contains_key("authorization"),
            "{}",
            request.path
        );
    }
}
