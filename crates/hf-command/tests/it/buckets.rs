//! `hf buckets` and `hf sync`.

use std::fs;

use serde_json::{Value, json};

use crate::support::Shell;

/// A bucket with files.
fn shell() -> Shell {
    let shell = Shell::logged_in();
    shell.prints("buckets create user/b");
    shell.write("up/a.txt", "A");
    shell.write("up/logs/one.log", "one");
    shell.write("up/logs/two.log", "two");
    shell.write("up/logs.json", "{}");
    shell.prints("sync up hf://buckets/user/b");
    shell
}

#[test]
fn buckets_are_created_changed_and_deleted() {
    let shell = Shell::logged_in();
    let url = format!("{}/buckets/user/b", shell.hub.endpoint());
    assert_eq!(
        shell.prints("buckets create b --private"),
        format!("✓ Bucket created\n  uri: hf://buckets/user/b\n  url: {url}\n")
    );
    assert_eq!(
        shell.prints("buckets create hf://buckets/user/b --exist-ok -q"),
        "hf://buckets/user/b\n"
    );
    let info = shell.json("buckets info user/b");
    assert_eq!(
        (&info["id"], &info["private"]),
        (&json!("user/b"), &json!(true))
    );
    assert_eq!(shell.prints("buckets info user/b -q"), "user/b\n");
    assert!(
        shell
            .prints("buckets info user/b")
            .starts_with("{\n  \"id\": \"user/b\",")
    );
    assert_eq!(
        shell.json("buckets settings user/b --public"),
        json!({"bucket_id": "user/b", "private": false})
    );
    assert_eq!(
        shell.json("buckets move user/b user/c"),
        json!({"from_id": "user/b", "to_id": "user/c"})
    );
    let rows = shell.json("buckets ls");
    assert_eq!(rows[0]["id"], "user/c");
    assert_eq!(shell.prints("buckets list user -q"), "user/c\n");
    assert!(
        shell
            .prints("buckets ls")
            .starts_with("ID     PRIVATE SIZE TOTAL_FILES CREATED_AT\n")
    );
    let stderr = shell.fails(1, "buckets delete user/c");
    assert!(stderr.contains("--yes"), "{stderr}");
    assert_eq!(shell.prints("buckets delete user/c --yes -q"), "user/c\n");
    shell.fails(3, "buckets delete user/c -y");
    assert_eq!(
        shell.prints("buckets delete user/c -y --missing-ok -q"),
        "user/c\n"
    );
}

#[test]
fn a_folder_and_a_bucket_are_made_alike() {
    let shell = shell();
    let text = shell.prints("sync up hf://buckets/user/b");
    let source = shell.work("up");
    assert_eq!(
        text,
        format!(
            "Sync plan: {} -> hf://buckets/user/b\n  Uploads: 0\n  Downloads: 0\n  Deletes: 0\n  Skips: 4\nNothing to sync.\n",
            source.display()
        )
    );
    let text = shell.prints("buckets sync hf://buckets/user/b down --include logs/* --verbose");
    assert!(
        text.contains("  Downloads: 2\n") && text.contains("  download: logs/one.log (new file)\n"),
        "{text}"
    );
    assert!(text.ends_with("Syncing...\nSync completed.\n"), "{text}");
    assert_eq!(
        fs::read_to_string(shell.work("down/logs/one.log")).unwrap(),
        "one"
    );
    fs::remove_file(shell.work("up/a.txt")).unwrap();
    let dry = shell.prints("sync up hf://buckets/user/b --delete --dry-run");
    let lines: Vec<Value> = dry
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["type"], &lines[0]["summary"]["deletes"]),
        (&json!("header"), &json!(1))
    );
    let delete = lines
        .iter()
        .find(|line| line["action"] == "delete")
        .unwrap();
    assert_eq!(
        (&delete["path"], &delete["reason"]),
        (&json!("a.txt"), &json!("not in source (--delete)"))
    );
    let text = shell.prints("sync up hf://buckets/user/b --delete --plan plan.jsonl");
    assert!(text.ends_with("Plan saved to: plan.jsonl\n"), "{text}");
    assert_eq!(
        shell
            .prints("buckets ls user/b -R -q")
            .lines()
            .filter(|path| !path.ends_with('/'))
            .count(),
        4
    );
    let rows = shell.json("buckets ls user/b -R");
    let file = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["path"] == "a.txt");
    let file = file.unwrap();
    assert!(file["type"] == "file" && file["size"].is_u64(), "{file}");
    for name in ["xet_hash", "mtime", "uploaded_at"] {
        assert!(file[name].is_string(), "{name}: {file}");
    }
    let done = shell.json("sync --apply plan.jsonl");
    assert_eq!(done["summary"]["deletes"], 1);
    assert_eq!(shell.prints("sync up hf://buckets/user/b -q"), "");
    let left = shell.prints("buckets ls user/b -R -q");
    assert!(
        !left.contains("a.txt") && left.contains("logs/one.log"),
        "{left}"
    );
}

#[test]
fn files_are_copied_to_and_from_buckets() {
    let shell = shell();
    shell.write("c.bin", vec![7; 100_000]);
    assert_eq!(
        shell.json("cp c.bin hf://buckets/user/b/models/"),
        json!({"src": "c.bin", "dst": "hf://buckets/user/b/models/c.bin"})
    );
    shell.prints("buckets cp hf://buckets/user/b/models/c.bin back/");
    assert_eq!(
        fs::read(shell.work("back/c.bin")).unwrap(),
        vec![7; 100_000]
    );
    assert_eq!(shell.prints("cp hf://buckets/user/b/logs/one.log -"), "one");
    shell.fails(3, "cp hf://buckets/user/b/none.log -");
    shell.refuses(&["repos cp hf://buckets/user/b/a.txt ."]);
}

#[test]
fn files_of_a_bucket_are_deleted() {
    let shell = shell();
    let dry = shell.prints("buckets rm user/b/logs -R --dry-run");
    assert_eq!(
        dry,
        "delete: hf://buckets/user/b/logs/one.log\ndelete: hf://buckets/user/b/logs/two.log\n\
         (dry run) 2 file(s) totaling 6 B would be removed.\n"
    );
    let stderr = shell.run("buckets rm user/b/logs -R").stderr;
    assert!(stderr.contains("--yes"), "{stderr}");
    let removed = shell.json("buckets rm user/b -R --include *.log --exclude *two* --yes");
    assert_eq!(
        removed,
        json!({"bucket_id": "user/b", "files_deleted": 1, "size": "3 B", "size_bytes": 3})
    );
    assert_eq!(
        shell.prints("buckets remove hf://buckets/user/b/a.txt -y"),
        "✓ File removed\n  path: a.txt\n  bucket_id: user/b\n"
    );
    assert_eq!(
        shell.prints("buckets rm user/b/none -R"),
        "No files to remove.\n"
    );
    let left = shell.prints("buckets ls user/b -R -q");
    assert!(
        left.contains("logs.json") && left.contains("logs/two.log") && !left.contains("one.log"),
        "{left}"
    );
    shell.refuses(&[
        "buckets",
        "buckets rm user/b",
        "buckets rm user/b/a.txt --include *",
        "buckets rm hf://models/user/m/a",
        "buckets create user/b/prefix",
        "buckets delete b",
        "buckets info user/b/prefix",
        "buckets settings user/b",
        "buckets settings user/b --private --public",
        "buckets move user/b",
        "buckets ls user/b --search x",
        "buckets ls user --tree",
        "buckets ls -R",
    ]);
}
