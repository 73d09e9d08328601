//! What the command says on stderr besides errors: one plain line for each warning, whatever part of the client it
//! comes from.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use hf_testhub::{CannedResponse, Fault, RepoType};
use serde_json::{Value, json};

use crate::support::Calls;

const REPO: &str = "user/model";

/// A situation that is worth a warning.
struct Case {
    method: &'static str,
    args: Value,
    /// What the warning says.
    says: &'static str,
    /// Whether the call fails all the same.
    fails: bool,
}

fn case(method: &'static str, args: Value, says: &'static str) -> Case {
    Case {
        method,
        args,
        says,
        fails: false,
    }
}

/// The lines on stderr of a call.
fn lines(shell: &Calls, case: &Case) -> Vec<String> {
    let output = shell.run(&[case.method, &case.args.to_string()]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let method = case.method;
    assert_eq!(output.status.success(), !case.fails, "{method}: {stderr}");
    assert!(!stderr.contains('\u{1b}'), "no colours: {stderr}");
    stderr.lines().map(str::to_owned).collect()
}

/// One line, with this in it, that says what it is.
fn warns(shell: &Calls, case: &Case) {
    let mut found = lines(shell, case);
    if case.fails {
        found.pop();
    }
    assert_eq!(found.len(), 1, "{} `{}`: {found:?}", case.method, case.says);
    assert!(found[0].starts_with("warning: "), "{found:?}");
    assert!(found[0].contains(case.says), "{}: {found:?}", case.says);
}

fn shell() -> Calls {
    let shell = Calls::new();
    shell.hub.create_repo(RepoType::Model, REPO);
    shell
}

#[test]
fn about_arguments() {
    let shell = shell();
    let made = shell.prints(&[
        "create_discussion",
        &json!({"repo_id": REPO, "title": "Title", "description": "D"}).to_string(),
    ]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let comment = made["events"][0]["id"].as_str().unwrap_or("0").to_owned();
    for case in [
        case(
            "create_repo",
            json!({"repo_id": "user/m", "space_hardware": "t4-small"}),
            "`space_hardware` is ignored",
        ),
        case(
            "create_repo",
            json!({"repo_id": "user/s", "repo_type": "space", "space_sdk": "gradio",
                   "space_hardware": "cpu-basic", "space_sleep_time": 60}),
            "cpu-basic",
        ),
        case(
            "duplicate_repo",
            json!({"from_id": REPO, "to_id": "user/copy", "space_hardware": "t4-small"}),
            "`space_hardware` is ignored",
        ),
        case(
            "hide_discussion_comment",
            json!({"repo_id": REPO, "discussion_num": 1, "comment_id": comment}),
            "irreversible",
        ),
    ] {
        warns(&shell, &case);
    }
}

/// A folder in which something else is new each time, so that there is something to commit.
fn folder_with_news(shell: &Calls, name: &str) -> std::path::PathBuf {
    let folder = shell.path(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("new.txt"), name).unwrap();
    folder
}

fn upload_folder(folder: &Path, says: &'static str) -> Case {
    case(
        "upload_folder",
        json!({"repo_id": REPO, "folder_path": folder}),
        says,
    )
}

fn upload_file(name: &str, says: &'static str) -> Case {
    let args = json!({"repo_id": REPO, "path_in_repo": name, "path_or_fileobj": {"content": "a"}});
    case("upload_file", args, says)
}

#[test]
fn about_files_to_upload() {
    let shell = shell();
    warns(
        &shell,
        &upload_file("data.parquet", "a data file in a model repository"),
    );
    let again = upload_file("notes.txt", "no file has changed");
    assert!(lines(&shell, &again).is_empty());
    warns(&shell, &again);

    let fifo = folder_with_news(&shell, "fifo");
    assert!(
        Command::new("mkfifo")
            .arg(fifo.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    warns(&shell, &upload_folder(&fifo, "neither a file nor a folder"));

    let dangling = folder_with_news(&shell, "dangling");
    symlink("nothing", dangling.join("link")).unwrap();
    warns(
        &shell,
        &upload_folder(&dangling, "whose target does not exist"),
    );

    let circle = folder_with_news(&shell, "circle");
    symlink(".", circle.join("itself")).unwrap();
    warns(&shell, &upload_folder(&circle, "one of its parent folders"));

    let card = folder_with_news(&shell, "card");
    fs::write(card.join("README.md"), "---\nlicense: mit\n---\n").unwrap();
    let body = json!({"warnings": [{"message": "careful with\nthis"}]}).to_string();
    let answer = CannedResponse::status(200)
        .header("content-type", "application/json")
        .body(body);
    let validate = Fault::on_any("/api/validate-yaml");
    shell.hub.fault(validate.respond(answer));
    warns(&shell, &upload_folder(&card, "careful with this"));

    let many = folder_with_news(&shell, "many");
    for n in 0..60 {
        fs::write(many.join(format!("{n}.txt")), n.to_string()).unwrap();
    }
    let commit = Fault::on_any("/api/*/commit/*");
    shell.hub.fault(commit.status(413));
    warns(&shell, &upload_folder(&many, "in halves"));
}

#[test]
fn about_what_is_cached() {
    let shell = shell();
    shell.hub.add_file(REPO, "a.txt", "text");
    let download = |says| {
        case(
            "hf_hub_download",
            json!({"repo_id": REPO, "filename": "a.txt"}),
            says,
        )
    };
    let path: String =
        serde_json::from_str(&shell.prints(&["hf_hub_download", &download("").args.to_string()]))
            .unwrap();

    shell.hub.fault(Fault::on_any("*").status(503).always());
    warns(&shell, &download("from the cache"));
    shell.hub.clear_faults();

    fs::write(fs::canonicalize(&path).unwrap(), "longer than before").unwrap();
    warns(&shell, &download("wrong size"));

    let nothing = json!({"repo_id": REPO, "allow_patterns": ["*.none"]});
    warns(
        &shell,
        &case("snapshot_download", nothing, "no file matches the patterns"),
    );

    let local = shell.path("local");
    let args = json!({"repo_id": REPO, "filename": "a.txt", "local_dir": local});
    shell.prints(&["hf_hub_download", &args.to_string()]);
    let note = local.join(".cache/huggingface/download/a.txt.metadata");
    fs::write(note, "not a note").unwrap();
    warns(
        &shell,
        &case("hf_hub_download", args, "removing a metadata file"),
    );
}

#[test]
fn what_the_hub_itself_warns_of() {
    let shell = shell();
    let whoami = Fault::on_any("/api/whoami-v2");
    shell
        .hub
        .fault(whoami.header("x-hf-warning", "tokens; yours ends soon"));
    warns(&shell, &case("whoami", json!({}), "yours ends soon"));
}

#[test]
fn nothing_where_silence_is_wanted() {
    let shell = shell();
    let again = upload_file("a.txt", "");
    shell.prints(&[again.method, &again.args.to_string()]);
    let quiet = shell
        .command(&[again.method, &again.args.to_string()])
        .env("HF_LOG", "off")
        .output()
        .unwrap();
    assert!(quiet.status.success() && quiet.stderr.is_empty());
}

#[test]
fn a_request_that_is_sent_again_says_so() {
    let shell = shell();
    let fault = |path| Fault::on_any(path).status(500).times(1);
    let whoami = shell.hub.fault(fault("/api/whoami-v2"));
    let found = lines(&shell, &case("whoami", json!({}), ""));
    assert!(whoami.fired() == 1 && found.len() == 1, "{found:?}");
    assert!(found[0].starts_with("note: "), "{found:?}");

    // A commit is looked for before it is sent again.
    let commit = shell.hub.fault(fault("/api/*/commit/*"));
    let found = lines(&shell, &upload_file("b.txt", ""));
    assert!(commit.fired() == 1 && found.len() == 1, "{found:?}");
    assert!(
        found[0].starts_with("note: ") && found[0].contains("create_commit"),
        "{found:?}"
    );

    shell.hub.set_lfs_threshold(1000);
    shell
        .hub
        .add_file(REPO, "big.bin", hf_testhub::Blob::synthetic(1, 3_000_000));
    let storage = Fault::on_any("*").at(hf_testhub::Listener::Storage);
    let cut = shell.hub.fault(storage.reset_after(1_000_000));
    let found = lines(
        &shell,
        &case(
            "hf_hub_download",
            json!({"repo_id": REPO, "filename": "big.bin"}),
            "",
        ),
    );
    assert!(cut.fired() == 1 && found.len() == 1, "{found:?}");
    assert!(
        found[0].starts_with("note: ") && found[0].contains("big.bin"),
        "{found:?}"
    );
}
