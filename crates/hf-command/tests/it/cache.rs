//! `hf cache`.

use std::fs;

use hf_testhub::{RepoName, RepoType};
use serde_json::{Value, json};

use crate::support::Shell;

/// Two models and a dataset are cached; one model in two revisions, of which one is detached.
fn shell() -> Shell {
    let shell = Shell::logged_in();
    for (repo_type, id) in [
        (RepoType::Model, "user/one"),
        (RepoType::Model, "user/two"),
        (RepoType::Dataset, "user/data"),
    ] {
        shell.hub.create_repo(repo_type, id);
        let name = RepoName::from((repo_type, id));
        shell.hub.add_file(name.clone(), "a.txt", b"small".to_vec());
        shell.hub.add_file(name, "big.bin", vec![1; 5000]);
        let kind = repo_type.as_str();
        shell.prints(&format!("download {id} a.txt big.bin --type {kind}"));
    }
    shell.hub.add_file("user/two", "a.txt", b"changed".to_vec());
    shell.prints("download user/two a.txt big.bin");
    shell
}

/// The commits in the cache of a model, the detached one first.
fn commits(shell: &Shell, id: &str) -> Vec<String> {
    let rows = shell.json("cache ls --revisions");
    let mut rows: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["id"] == id)
        .collect();
    rows.sort_by_key(|row| row["refs"].as_array().unwrap().len());
    rows.iter()
        .map(|row| row["revision"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_cache_is_listed_in_every_mode() {
    let shell = shell();
    let before = shell.hub.requests().len();
    assert_eq!(
        shell.prints("cache ls"),
        "ID               SIZE LAST_ACCESSED     LAST_MODIFIED     REFS\n\
         ----------------- ---- ----------------- ----------------- ----\n\
         dataset/user/data 5.0K a few seconds ago a few seconds ago main\n\
         model/user/one    5.0K a few seconds ago a few seconds ago main\n\
         model/user/two    5.0K a few seconds ago a few seconds ago main\n\
         \n\
         Found 3 repo(s) for a total of 4 revision(s) and 15.0K on disk.\n"
            .replacen("ID               SIZE", "ID                SIZE", 1)
    );
    assert_eq!(
        shell.prints("cache list -q"),
        "dataset/user/data\nmodel/user/one\nmodel/user/two\n"
    );
    let row = &shell.json("cache ls --filter type=dataset")[0];
    assert_eq!(row["repo_id"], "user/data");
    assert_eq!(
        (&row["size"], &row["size_bytes"]),
        (&json!("5.0K"), &json!(5005))
    );
    assert_eq!(row["refs"], json!(["main"]));
    let agent = shell.prints("cache ls --format agent --filter refs=MAIN --limit 1");
    assert!(
        agent.contains("\ndataset/user/data\t5.0K\ta few seconds ago\ta few seconds ago\t['main']\n\nFound 1 repo(s) for"),
        "{agent}"
    );
    let revisions = shell.prints("cache ls --revisions --sort size:asc --limit 2");
    assert!(revisions.starts_with("ID "), "{revisions}");
    assert!(revisions.contains("Found "), "{revisions}");
    assert_eq!(
        shell.prints("cache ls --json=id --limit 1"),
        "[{\"id\": \"dataset/user/data\"}]\n"
    );
    assert_eq!(shell.hub.requests().len(), before, "no request");
}

#[test]
fn filters_and_orders_select() {
    let shell = shell();
    for (options, expected) in [
        (
            "--filter size>1KB",
            "dataset/user/data\nmodel/user/one\nmodel/user/two\n",
        ),
        ("--filter size>5006", "model/user/two\n"),
        ("-f type=model -f size<=5005", "model/user/one\n"),
        ("--filter accessed>1h", ""),
        (
            "--filter modified<1h --sort name:desc --limit 1",
            "model/user/two\n",
        ),
        ("--filter refs=other", ""),
        ("--sort size --limit 1", "model/user/two\n"),
    ] {
        assert_eq!(
            shell.prints(&format!("cache ls -q {options}")),
            expected,
            "{options}"
        );
    }
    assert_eq!(
        shell.prints("cache ls --filter refs=other"),
        "No results found.\n"
    );
    assert_eq!(shell.prints("cache ls --filter refs=other --json"), "[]\n");
    shell.refuses(&[
        "cache",
        "cache ls --filter size",
        "cache ls --filter size==1",
        "cache ls --filter age>1d",
        "cache ls --filter type!=model",
        "cache ls --sort age",
        "cache ls --limit -1",
        "cache ls extra",
        "cache rm",
    ]);
    let stderr = shell.fails(3, "cache ls --cache-dir nowhere");
    assert!(stderr.contains("nowhere"), "{stderr}");
}

#[test]
fn what_is_named_is_deleted_and_nothing_else() {
    let shell = shell();
    let dry = shell.prints("cache rm model/user/one --dry-run");
    assert_eq!(
        dry,
        "About to delete 1 repo(s) totalling 5.0K.\n  - model/user/one (entire repo)\n\
         ✓ Dry run: no files were deleted.\n  dry_run: True\n  repos: 1\n  revisions: 1\n  size: 5.0K\n  size_bytes: 5005\n"
    );
    // Nobody can be asked.
    let ran = shell.run("cache rm model/user/one");
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    assert_eq!(shell.prints("cache ls -q").lines().count(), 3);
    let deleted = shell.json("cache rm hf://models/User/One --yes");
    assert_eq!(
        deleted,
        json!({"repos_deleted": 1, "revisions_deleted": 1, "freed": "5.0K", "freed_bytes": 5005})
    );
    let ran = shell.run("cache rm model/user/nothing dataset/user/data -y");
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.stderr
            .contains("Could not find in cache: model/user/nothing"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout
            .contains("✓ Deleted 1 repo(s) and 1 revision(s); freed 5.0K."),
        "{}",
        ran.stdout
    );
    assert_eq!(shell.prints("cache ls -q"), "model/user/two\n");
    let stderr = shell.fails(3, "cache rm model/user/nothing --yes");
    assert!(stderr.contains("hf cache ls"), "{stderr}");
    // One revision, by its commit.
    let [old, new] = commits(&shell, "model/user/two").try_into().unwrap();
    let text = shell.prints(&format!("cache rm {old} --yes"));
    assert!(
        text.starts_with(&format!(
            "About to delete 1 revision(s) totalling 5.0.\n  - model/user/two:\n      {old} [(detached)] 5.0K\n"
        )),
        "{text}"
    );
    assert_eq!(commits(&shell, "model/user/two"), [new]);
}

#[test]
fn single_files_are_deleted_from_all_revisions() {
    let shell = shell();
    let text = shell.prints("cache rm hf://models/user/two/a.txt --dry-run --format agent");
    assert!(text.contains("/a.txt\n  - model/user/two@"), "{text}");
    assert!(
        text.ends_with("dry_run=True files=2 size=12.0 size_bytes=12\n"),
        "{text}"
    );
    assert_eq!(
        shell.json("cache rm hf://models/user/two/a.txt -y")["files_deleted"],
        2
    );
    let stderr = shell.fails(3, "cache rm hf://models/user/two/a.txt -y");
    assert!(stderr.contains("a.txt"), "{stderr}");
    shell.refuses(&[
        "cache rm hf://models/user/two/big.bin model/user/one --yes",
        "cache rm hf://models/user/two@v1 --yes",
        "cache rm hf://buckets/user/two --yes",
        "cache rm hf://two --yes",
    ]);
}

#[test]
fn the_same_commit_in_another_repository_is_kept() {
    let shell = shell();
    // A renamed repository: the same commits under another name.
    let hub = shell.path("hub");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(hub.join("models--user--one"))
        .arg(hub.join("models--user--renamed"))
        .status()
        .unwrap();
    assert!(copied.success());
    shell.prints("cache rm model/user/renamed --yes");
    assert_eq!(
        shell.prints("cache ls -q"),
        "dataset/user/data\nmodel/user/one\nmodel/user/two\n"
    );
}

#[test]
fn what_nothing_needs_is_pruned() {
    let shell = shell();
    let [old, _] = commits(&shell, "model/user/two").try_into().unwrap();
    let blobs = shell.path("hub/models--user--one/blobs");
    fs::write(blobs.join("0123.incomplete"), "half").unwrap();
    // Of an hour ago: a younger one may still be written.
    let file = fs::File::options()
        .write(true)
        .open(blobs.join("0123.incomplete"))
        .unwrap();
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    file.set_modified(then).unwrap();
    let listed = shell.run("cache ls");
    assert!(
        listed
            .stderr
            .contains("1 incomplete download(s) totalling 4.0"),
        "{}",
        listed.stderr
    );
    let dry = shell.json("cache prune --dry-run");
    assert_eq!(
        (&dry["revisions"], &dry["incomplete"], &dry["dry_run"]),
        (&json!(1), &json!(1), &json!(true))
    );
    assert_eq!(shell.run("cache prune").status, Some(1));
    let text = shell.prints("cache prune --yes");
    assert!(
        text.starts_with("About to delete 1 unreferenced revision(s) and 1 incomplete download(s) (9.0 total).\n  - model/user/two:\n"),
        "{text}"
    );
    assert!(text.contains(&old), "{text}");
    assert!(text.contains("\n  freed: 9.0\n"), "{text}");
    assert!(!blobs.join("0123.incomplete").exists());
    assert_eq!(commits(&shell, "model/user/two").len(), 1);
    assert_eq!(
        shell.prints("cache prune"),
        "No unreferenced revisions, incomplete downloads or shared blobs found. Nothing to prune.\n"
    );
    assert_eq!(shell.prints("cache prune -q"), "");
    assert_eq!(shell.json("cache prune")["revisions_deleted"], 0);
}

#[test]
fn damage_is_found_and_repaired() {
    let shell = shell();
    let folder = shell.prints("download user/one -q");
    let folder = folder.trim_end();
    let text = shell.prints("cache verify user/one");
    assert!(
        text.starts_with("✓ Verified 3 file(s) for model 'user/one'. All checksums match.\n  repo_id: user/one\n  repo_type: model\n  checked: 3\n  path: "),
        "{text}"
    );
    assert_eq!(shell.prints("cache verify user/one -q"), "user/one\n");
    let blob = fs::canonicalize(format!("{folder}/big.bin")).unwrap();
    fs::write(&blob, vec![2; 5000]).unwrap();
    let ran = shell.run("cache verify user/one");
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.stdout.starts_with(
            "❌ Checksum verification failed for the following file(s):\n  - big.bin: expected "
        ),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("--repair"), "{}", ran.stderr);
    let ran = shell.run("cache verify models/user/one --json");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (ran.status, &found["mismatches"][0]["path"]),
        (Some(1), &json!("big.bin"))
    );
    let repaired = shell.json("cache verify user/one --repair");
    assert_eq!(
        (&repaired["repaired"], &repaired["checked"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(
        fs::read(format!("{folder}/big.bin")).unwrap(),
        vec![1; 5000]
    );
}

#[test]
fn folders_are_verified_too() {
    let shell = shell();
    shell.prints("download user/one --local-dir out");
    shell.write("out/mine.txt", "mine");
    fs::remove_file(shell.work("out/a.txt")).unwrap();
    let ran = shell.run("cache verify user/one --local-dir out");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("1 remote file(s) are missing")
            && ran.stderr.contains("1 local file(s) do not exist"),
        "{}",
        ran.stderr
    );
    let ran = shell
        .run("cache verify user/one --local-dir out --fail-on-missing-files --fail-on-extra-files");
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.stdout.contains("  - a.txt\n") && ran.stdout.contains("  - mine.txt\n"),
        "{}",
        ran.stdout
    );
    shell.refuses(&[
        "cache verify",
        "cache verify user/one --local-dir a --cache-dir b",
        "cache verify hf://models/user/one/a.txt",
        "cache verify datasets/user/data --type dataset",
    ]);
    shell.fails(1, "cache verify user/nothing");
}
