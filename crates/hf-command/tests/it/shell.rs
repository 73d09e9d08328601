//! What makes the command at home in a shell: completions, manual pages, old names, extensions, skills.

use std::fs;

use serde_json::json;

use crate::support::{Shell, ran};

#[test]
fn every_shell_has_a_script() {
    let shell = Shell::new();
    for (name, part) in [
        ("bash", "complete "),
        ("zsh", "#compdef hf"),
        ("fish", "complete "),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = shell.prints(&format!("completion {name}"));
        assert!(script.contains(part), "{name}: {script}");
    }
    shell.fails(2, "completion tcsh");
    // As Python's rc lines ask.
    let asked = ran(&shell
        .command("")
        .env("_HF_COMPLETE", "zsh_source")
        .output()
        .unwrap());
    assert_eq!(asked.stdout, shell.prints("completion zsh"));
    let shown = ran(&shell
        .command("--show-completion")
        .env("SHELL", "/bin/zsh")
        .output()
        .unwrap());
    assert_eq!(shown.stdout, asked.stdout);
    let unknown = ran(&shell
        .command("--show-completion")
        .env("SHELL", "/bin/tcsh")
        .output()
        .unwrap());
    assert_eq!(unknown.status, Some(1));
}

#[test]
fn a_script_is_installed_once() {
    let shell = Shell::new();
    fs::write(shell.path(".bashrc"), "# mine").unwrap();
    for _ in 0..2 {
        let done = shell.json("completion bash --install");
        assert_eq!(done["file"], json!(shell.path(".bashrc")));
    }
    assert_eq!(
        shell.file(".bashrc").unwrap(),
        "# mine\neval \"$(_HF_COMPLETE=bash_source hf)\"\n"
    );
    shell.prints("completion fish --install");
    assert!(
        shell
            .file(".config/fish/completions/hf.fish")
            .unwrap()
            .contains("complete ")
    );
}

#[test]
fn commands_options_and_cached_repositories_are_completed() {
    let shell = Shell::new();
    for name in [
        "models--user--demo",
        "datasets--user--data",
        "models--gpt2",
        ".locks",
        "user",
    ] {
        fs::create_dir_all(shell.path("hub").join(name)).unwrap();
    }
    fs::create_dir_all(shell.path("hub/models--gpt2/refs/refs/pr")).unwrap();
    fs::write(shell.path("hub/models--gpt2/refs/refs/pr/1"), "0").unwrap();
    fs::write(shell.path("hub/models--gpt2/refs/main"), "0").unwrap();
    fs::write(
        shell.path("stored_tokens"),
        "[mine]\nhf_token = hf_abcdefgh1234\n\n",
    )
    .unwrap();
    let completed = |words: &[&str]| {
        let mut command = shell.command_of(["--", "hf"].iter().chain(words));
        command.env("_HF_COMPLETE", "fish");
        let ran = ran(&command.output().unwrap());
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        ran.stdout.lines().map(first).collect::<Vec<_>>()
    };
    assert_eq!(completed(&["mod"]), ["models"]);
    assert!(
        completed(&["jobs", ""]).contains(&"ps".to_owned())
            || completed(&["jobs", ""]).contains(&"list".to_owned())
    );
    assert!(completed(&["models", "ls", "--so"]).contains(&"--sort".to_owned()));
    assert_eq!(completed(&["models", "ls", "--sort", "dow"]), ["downloads"]);
    assert_eq!(
        completed(&["models", "info", "user/d"]),
        ["user/data", "user/demo"]
    );
    assert!(completed(&["jobs", "run", "--flavor", "a10g"]).contains(&"a10g-small".to_owned()));
    let revisions = completed(&["models", "info", "gpt2", "--revision", ""]);
    assert_eq!(revisions, ["main", "refs/pr/1"]);
    assert_eq!(
        completed(&["auth", "switch", "--token-name", "m"]),
        ["mine"]
    );
    assert!(shell.hub.requests().is_empty());
}

#[test]
fn every_command_has_a_manual_page() {
    let shell = Shell::new();
    assert!(
        shell.prints("man").starts_with(".ie \\n(.g .ds Aq")
            || shell.prints("man").contains(".TH hf 1")
    );
    shell.prints("man --dir pages");
    let pages: Vec<_> = fs::read_dir(shell.work("pages")).unwrap().collect();
    assert!(pages.len() > 100, "{}", pages.len());
    let page = fs::read_to_string(shell.work("pages/hf-jobs-scheduled-run.1")).unwrap();
    assert!(page.contains("cron"), "{page}");
}

#[cfg(unix)]
#[test]
fn the_old_name_has_the_old_commands() {
    let shell = Shell::logged_in();
    let old = shell.path("huggingface-cli");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hf"), &old).unwrap();
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(&old);
        command
            .args(words)
            .env_clear()
            .env("HF_ENDPOINT", shell.hub.endpoint())
            .env("HF_HOME", shell.path(""))
            .env("HOME", shell.path(""));
        ran(&command.output().unwrap())
    };
    let who = run(&["whoami", "-q"]);
    assert_eq!(who.stdout, "user\n", "{}", who.stderr);
    assert!(
        who.stderr.contains("`hf auth whoami` now"),
        "{}",
        who.stderr
    );
    let version = run(&["version", "-q"]);
    assert_eq!((version.status, version.stderr.as_str()), (Some(0), ""));
    let scanned = run(&["scan-cache", "--dir", "absent"]);
    assert!(
        scanned.stderr.contains("`hf cache ls` now"),
        "{}",
        scanned.stderr
    );
}

#[test]
fn a_typing_error_is_told_with_the_nearest_command() {
    let shell = Shell::new();
    for (line, near) in [
        ("model ls", "models"),
        ("jobs runn", "run"),
        ("models ls --serach x", "--search"),
    ] {
        let error = shell.fails(2, line);
        assert!(error.contains("similar") && error.contains(near), "{error}");
    }
    // Python asks GitHub about each of them.
    assert!(shell.hub.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn an_extension_is_a_command() {
    use std::os::unix::fs::PermissionsExt as _;
    let shell = Shell::new();
    assert_eq!(shell.json("extensions ls"), json!([]));
    let folder = shell.path(".local/share/hf/extensions/hf-hello");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("hf-hello"),
        "#!/bin/sh\necho \"hello $*\"\nexit 7\n",
    )
    .unwrap();
    fs::set_permissions(folder.join("hf-hello"), fs::Permissions::from_mode(0o755)).unwrap();
    for line in ["extensions exec hello --json -x", "hello --json -x"] {
        let ran = shell.run(line);
        assert_eq!(
            (ran.status, ran.stdout.as_str()),
            (Some(7), "hello --json -x\n"),
            "{}",
            ran.stderr
        );
    }
    fs::write(
        folder.join("manifest.json"),
        r#"{"repo_id": "user/hf-hello", "commit_sha": "0123456789"}"#,
    )
    .unwrap();
    let listed = shell.json("extensions list");
    assert_eq!(listed[0]["command"], "hf hello");
    assert_eq!(listed[0]["version"], "0123456");
    shell.fails(2, "extensions remove ../hello");
    shell.fails(2, "extensions exec ..");
    assert_eq!(shell.json("extensions rm hello"), json!({"name": "hello"}));
    assert!(!folder.exists());
    shell.fails(1, "extensions exec hello");
}

#[test]
fn what_is_not_here_says_why() {
    let shell = Shell::new();
    for (line, why) in [
        (
            "sandbox create python:3.12 --flavor cpu-basic",
            "experimental",
        ),
        (
            "extensions install user/hf-x",
            "downloads no other programs",
        ),
        ("extensions search", "downloads no other programs"),
    ] {
        let error = shell.fails(1, line);
        assert!(
            error.contains("is not here") && error.contains(why),
            "{error}"
        );
        assert!(error.contains("Hint: "), "{error}");
    }
    assert!(
        shell.json("update")["command"]
            .as_str()
            .unwrap()
            .contains("hf-command")
    );
    assert!(shell.hub.requests().is_empty());
}

#[test]
fn the_skill_of_this_command_describes_its_tree() {
    let shell = Shell::new();
    let page = shell.prints("skills preview");
    assert!(page.starts_with("---\nname: hf-cli\n"), "{page}");
    assert!(
        page.contains("- `hf spaces logs SPACE_ID` — Print the logs of a Space `[--build --follow --tail TAIL]`\n"),
        "{page}"
    );
    assert!(page.contains("### `hf jobs` — "), "{page}");
    let done = shell.json("skills add");
    let folder = shell.work(".agents/skills/hf-cli");
    assert!(
        done["path"]
            .as_str()
            .unwrap()
            .ends_with(".agents/skills/hf-cli"),
        "{done}"
    );
    assert_eq!(fs::read_to_string(folder.join("SKILL.md")).unwrap(), page);
    assert_eq!(
        fs::read_to_string(shell.work(".claude/skills/hf-cli/SKILL.md")).unwrap(),
        page
    );
    let error = shell.fails(1, "skills add");
    assert!(error.contains("--force"), "{error}");
    fs::write(folder.join("SKILL.md"), "old").unwrap();
    assert_eq!(
        shell.json("skills update"),
        json!([{"name": "hf-cli", "status": "up_to_date"}])
    );
    assert_eq!(fs::read_to_string(folder.join("SKILL.md")).unwrap(), page);
    shell.prints("skills add --force --global");
    assert!(shell.file(".claude/skills/hf-cli/SKILL.md").is_some());
    shell.refuses(&[
        "skills add --dest x --global",
        "skills add ../x --dest here",
    ]);
}

#[test]
fn other_skills_come_from_a_bucket() {
    let shell = Shell::logged_in();
    shell.hub.create_bucket("huggingface/skills");
    let add = |path: &str, text: &str| shell.hub.add_bucket_file("huggingface/skills", path, text);
    add(
        "marketplace.json",
        r#"{"plugins": [{"name": "paint", "source": "./skills/paint", "description": "Paints"},
            {"name": "../evil", "source": "x"}, {"name": "hole", "source": "skills/hole"}, 1]}"#,
    );
    add("skills/paint/SKILL.md", "Paint!");
    add("skills/paint/more/a.md", "More");
    add("skills/paint-tools/SKILL.md", "Other");
    let listed = shell.json("skills ls");
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["description"], "Paints");
    shell.prints("skills add paint --dest here");
    assert_eq!(
        fs::read_to_string(shell.work("here/paint/SKILL.md")).unwrap(),
        "Paint!"
    );
    assert_eq!(
        fs::read_to_string(shell.work("here/paint/more/a.md")).unwrap(),
        "More"
    );
    let error = shell.fails(1, "skills add hole --dest here");
    assert!(error.contains("SKILL.md"), "{error}");
    assert!(!shell.work("here/hole").exists());
    let updated = shell.json("skills update --dest here");
    assert_eq!(updated, json!([{"name": "paint", "status": "up_to_date"}]));
}
