//! `hf cp`, `hf cat`, `hf du` and `hf diff`.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use hf_testhub::RepoType;
use serde_json::json;

use crate::support::{Shell, ran};

fn shell() -> Shell {
    let shell = Shell::logged_in();
    shell.hub.create_repo(RepoType::Model, "user/m");
    shell
        .hub
        .add_file("user/m", "config.json", b"{}\n".to_vec());
    shell
        .hub
        .add_file("user/m", "data/a.csv", b"1,2,3\n".to_vec());
    shell
}

#[test]
fn a_file_goes_from_a_repository_to_where_it_was_named() {
    let shell = shell();
    fs::create_dir(shell.work("dir")).unwrap();
    for (target, path) in [
        ("", "config.json"),
        ("there.json", "there.json"),
        ("dir", "dir/config.json"),
        ("new/", "new/config.json"),
        ("deep/er/c.json", "deep/er/c.json"),
    ] {
        let text = shell.prints(&format!("cp hf://user/m/config.json {target}"));
        assert_eq!(
            text,
            format!("✓ Downloaded\n  src: hf://user/m/config.json\n  dst: {path}\n")
        );
        assert_eq!(
            fs::read_to_string(shell.work(path)).unwrap(),
            "{}\n",
            "{target}"
        );
    }
    let left: Vec<_> = fs::read_dir(shell.work("")).unwrap().flatten().collect();
    assert!(
        left.iter()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with(".tmp"))
    );
    assert_eq!(
        shell.prints("cp hf://models/user/m/config.json - --json"),
        "{}\n"
    );
    assert_eq!(
        shell.prints("repos cp hf://user/m@main/data/a.csv -"),
        "1,2,3\n"
    );
    shell.fails(3, "cp hf://user/m/no.json");
    assert!(!shell.work("no.json").exists());
}

#[test]
fn a_file_or_stdin_goes_to_a_repository() {
    let shell = shell();
    shell.write("a.txt", "A");
    for (target, path) in [
        ("hf://user/m", "a.txt"),
        ("hf://user/m/x/", "x/a.txt"),
        ("hf://user/m/x/b.txt", "x/b.txt"),
    ] {
        assert_eq!(
            shell.json(&format!("cp a.txt {target}")),
            json!({"src": "a.txt", "dst": format!("hf://models/user/m/{path}")})
        );
        assert!(shell.hub.file("user/m", "main", path).is_some(), "{path}");
    }
    let mut child = shell
        .command("cp - hf://user/m/in.txt -q")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"from stdin")
        .unwrap();
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), "stdin\n"));
    let there = shell.hub.file("user/m", "main", "in.txt").unwrap();
    assert_eq!(there.to_bytes().unwrap(), "from stdin");
    // From one repository to another, without a download.
    shell.hub.create_repo(RepoType::Model, "user/other");
    assert_eq!(
        shell.prints("cp hf://user/m/config.json hf://user/other/config.json"),
        "✓ Copied\n  src: hf://user/m/config.json\n  dst: hf://user/other/config.json\n"
    );
    assert!(
        shell
            .hub
            .file("user/other", "main", "config.json")
            .is_some()
    );
}

#[test]
fn copies_that_cannot_work_are_wrong_usage() {
    let shell = shell();
    shell.write("a.txt", "A");
    shell.write("dir/b.txt", "B");
    shell.refuses(&[
        "cp",
        "cp a.txt",
        "cp a.txt b.txt",
        "cp - b.txt",
        "cp dir hf://user/m/",
        "cp hf://user/m .",
        "cp hf://user/m/data/ .",
        "cp - hf://user/m/",
        "cp - hf://user/m",
        "cp hf://gpt2/a.txt .",
        "buckets cp a.txt hf://user/m/a.txt",
        "sync",
        "sync a b",
        "sync hf://buckets/u/a hf://buckets/u/b",
        "sync . hf://buckets/u/b --plan p --dry-run",
        "sync . hf://buckets/u/b --existing --ignore-existing",
        "sync . hf://buckets/u/b --ignore-times --ignore-sizes",
        "sync . hf://buckets/u/b --apply p",
        "cat",
        "cat user/m",
        "cat hf://user/m/a.txt b.txt",
        "diff user/m",
        "du",
    ]);
    shell.fails(3, "cp no.txt hf://user/m/");
}

#[test]
fn a_file_is_printed_whole_or_in_part() {
    let shell = shell();
    assert_eq!(shell.prints("cat user/m data/a.csv"), "1,2,3\n");
    assert_eq!(
        shell.prints("cat hf://user/m@main/data/a.csv --offset 2 --bytes 3"),
        "2,3"
    );
    assert_eq!(shell.prints("cat user/m data/a.csv --offset 100"), "");
    let stderr = shell.fails(3, "cat user/m no.txt --json");
    assert!(stderr.contains("EntryNotFound"), "{stderr}");
    assert!(!shell.path("hub").exists(), "nothing is kept");
}

#[test]
fn sizes_are_summed_up() {
    let shell = shell();
    shell
        .hub
        .add_file("user/m", "data/deep/b.csv", vec![0; 2000]);
    let rows = shell.json("du user/m");
    let row = |path: &str| {
        let rows = rows.as_array().unwrap();
        rows.iter()
            .find(|row| row["path"] == path)
            .cloned()
            .unwrap()
    };
    assert_eq!(
        row("data/"),
        json!({"path": "data/", "files": 2, "size": "2.0K", "size_bytes": 2006})
    );
    assert_eq!(row(".")["files"], 4);
    let deep = shell.prints("du user/m --depth 2 -q");
    assert_eq!(deep, "data/\ndata/deep/\n.\n");
    let text = shell.prints("du hf://user/m/data");
    assert!(text.starts_with("PATH  FILES SIZE\n"), "{text}");
    assert!(
        text.contains("deep/     1 2.0K\n.         2 2.0K\n"),
        "{text}"
    );
    assert!(text.ends_with("\n2.0 KB in 2 files.\n"), "{text}");
}

#[test]
fn two_revisions_are_compared() {
    let shell = shell();
    shell.prints("repos tag create user/m v1");
    shell
        .hub
        .add_file("user/m", "config.json", b"{\"a\": 1}\n".to_vec());
    shell.hub.add_file("user/m", "new.txt", b"new".to_vec());
    assert_eq!(
        shell.prints("diff user/m v1"),
        "CHANGE  PATH        OLD_SIZE NEW_SIZE\n\
         ------- ----------- -------- --------\n\
         changed config.json        3        9\n\
         added   new.txt                     3\n"
    );
    assert_eq!(
        shell.json("diff user/m main v1")[1],
        json!({"change": "deleted", "path": "new.txt", "old_size": 3, "new_size": null})
    );
    assert_eq!(shell.prints("diff user/m v1 v1"), "No differences.\n");
    assert_eq!(shell.prints("diff user/m v1 v1 --json"), "[]\n");
    shell.fails(3, "diff user/m v9");
}

#[test]
fn the_report_of_the_machine_has_no_secret() {
    let shell = Shell::logged_in();
    let ran = ran(&shell
        .command("env")
        .env("https_proxy", "http://me:sesame@127.0.0.1:9")
        .env("no_proxy", "127.0.0.1")
        .output()
        .unwrap());
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout
            .contains(&format!("\n- Who am I ?: {}\n", shell.hub.user())),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("\n- HTTPS_PROXY: ***@127.0.0.1:9\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains(&format!(
        "\n- HF_HUB_CACHE: {}\n",
        shell.path("hub").display()
    )));
    assert!(!ran.stdout.contains("sesame") && !ran.stdout.contains(shell.hub.token()));
    let facts = shell.json("env");
    assert_eq!(facts["HF_HUB_OFFLINE"], false);
    assert_eq!(facts["ENDPOINT"], shell.hub.endpoint());
}
