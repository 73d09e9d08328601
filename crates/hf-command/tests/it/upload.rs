//! `hf upload`.

use hf_testhub::{Op, RepoName, RepoType};

use crate::support::{Shell, ran};

/// The files of a model that somebody has put there.
fn files(shell: &Shell, repo: &str) -> Vec<String> {
    let files = shell.hub.files(repo, "main");
    let own = |path: &String| path != ".gitattributes" && path != "README.md";
    files.into_iter().filter(own).collect()
}

#[test]
fn a_file_and_a_folder_go_to_a_repository_that_is_created() {
    let shell = Shell::logged_in();
    shell.write("out/a.txt", "A");
    shell.write("out/sub/b.txt", "B");
    let text = shell.prints("upload user/new out/a.txt");
    let url = format!("{}/user/new/commit/", shell.hub.endpoint());
    assert!(
        text.starts_with(&format!("✓ Uploaded\n  url: {url}")),
        "{text}"
    );
    assert_eq!(files(&shell, "user/new"), ["a.txt"]);
    for (line, expected) in [
        ("upload user/named out/a.txt x/y.txt -q", vec!["x/y.txt"]),
        ("upload user/into out/a.txt x/ -q", vec!["x/a.txt"]),
        ("upload user/root out/a.txt . -q", vec!["a.txt"]),
        ("upload user/folder out -q", vec!["a.txt", "sub/b.txt"]),
        (
            "upload user/below out /train/ -q",
            vec!["train/a.txt", "train/sub/b.txt"],
        ),
        (
            "upload user/some out --exclude a.txt --quiet",
            vec!["sub/b.txt"],
        ),
        (
            "upload user/others out --include *.txt --exclude sub/* -q",
            vec!["a.txt"],
        ),
        (
            "upload user/pattern out/*.txt -q",
            vec!["out/a.txt", "out/sub/b.txt"],
        ),
        (
            "upload hf://models/user/address/data/ out/a.txt -q",
            vec!["data/a.txt"],
        ),
        ("upload out -q", vec!["a.txt", "sub/b.txt"]),
    ] {
        let printed = shell.prints(line);
        let name = printed
            .split("/user/")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap();
        assert_eq!(files(&shell, &format!("user/{name}")), expected, "{line}");
    }
}

#[test]
fn a_commit_is_as_asked() {
    let shell = Shell::logged_in();
    let data = RepoName::from((RepoType::Dataset, "user/data"));
    shell.write("out/a.txt", "A");
    let line = "upload datasets/user/data out --revision dev --private --commit-message 'New data' --delete old* --json";
    shell.hub.create_repo(RepoType::Dataset, "user/data");
    shell
        .hub
        .commit(data.clone(), "Old", [Op::add("old.txt", b"old".to_vec())]);
    let ran = shell.run(line);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let commits = shell.hub.commits(data.clone(), "dev");
    assert_eq!(commits[0].title, "New data");
    assert_eq!(
        ran.stdout,
        format!(
            "{{\"url\": \"{}/datasets/user/data/commit/{}\"}}\n",
            shell.hub.endpoint(),
            commits[0].oid
        )
    );
    let there = shell.hub.files(data.clone(), "dev");
    assert!(there.contains(&"a.txt".to_owned()) && !there.contains(&"old.txt".to_owned()));
    assert!(
        shell
            .hub
            .files(data.clone(), "main")
            .contains(&"old.txt".to_owned())
    );
    // Nothing new: the head, and no commit.
    let again = shell.run("upload user/data out --type dataset --revision dev");
    assert_eq!(again.status, Some(0));
    assert!(again.stdout.contains(&commits[0].oid), "{}", again.stdout);
    assert!(
        again.stderr.contains("no commit was made"),
        "{}",
        again.stderr
    );
    let pr = shell.json("upload datasets/user/data out/a.txt c.txt --create-pr");
    assert!(
        pr["pr_url"].as_str().unwrap().contains("/discussions/1"),
        "{pr}"
    );
}

#[test]
fn what_cannot_work_is_refused_before_a_request() {
    let shell = Shell::logged_in();
    shell.write("out/a.txt", "A");
    shell.refuses(&[
        "upload",
        "upload a/b/c out",
        "upload hf://buckets/user/b out",
        "upload hf://models/user/m@v1 out --revision v2",
        "upload hf://models/user/m/x out y",
        "upload user/m out/*.bin --include *.txt",
        "upload user/m out/*.bin sub",
        "upload user/m out --every 0",
        "upload user/m out --every -1",
        "upload user/m out --every soon",
        "upload user/m out a b",
    ]);
    for line in ["upload user/m nothing.txt", "upload user/nothing"] {
        let stderr = shell.fails(3, line);
        assert!(stderr.contains("nothing"), "{stderr}");
    }
    assert!(shell.hub.requests().is_empty());
    let stderr = shell
        .run("upload user/m out/a.txt --include *.txt --delete x")
        .stderr;
    assert!(
        stderr.contains("--include means nothing") && stderr.contains("--delete means nothing"),
        "{stderr}"
    );
    std::fs::remove_file(shell.path("token")).unwrap();
    shell.fails(4, "upload user/m out/a.txt");
}

#[cfg(unix)]
#[test]
fn scheduled_uploads_commit_until_they_are_interrupted() {
    use std::io::{BufRead as _, BufReader};
    let shell = Shell::logged_in();
    shell.write("logs/a.txt", "A");
    let mut child = shell
        .command("upload user/logs logs in --every 0.001")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines
        .find(|line| line.as_ref().unwrap().starts_with("Committed "))
        .unwrap()
        .unwrap();
    shell.write("logs/b.txt", "B");
    lines
        .find(|line| line.as_ref().unwrap().starts_with("Committed "))
        .unwrap()
        .unwrap();
    shell.write("logs/c.txt", "C");
    let pid = child.id().to_string();
    let signal = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status()
        .unwrap();
    assert!(signal.success());
    for line in lines {
        line.unwrap();
    }
    let ended = ran(&child.wait_with_output().unwrap());
    assert_eq!(ended.status, Some(0));
    assert!(
        ended
            .stdout
            .starts_with("✓ Stopped scheduled commits.\n  url: "),
        "{}",
        ended.stdout
    );
    assert_eq!(
        files(&shell, "user/logs"),
        ["in/a.txt", "in/b.txt", "in/c.txt"]
    );
}
