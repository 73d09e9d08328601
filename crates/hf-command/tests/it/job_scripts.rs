//! `hf jobs uv` and `hf jobs scheduled`.

use serde_json::json;

use crate::jobs::sent;
use crate::support::Shell;

#[test]
fn a_script_carries_its_options() {
    let shell = Shell::logged_in();
    shell.write(
        "train.py",
        "# /// script\n# [tool.hf-jobs]\n# flavor = \"a10g-small\"\n# env = { A = \"1\", B = \"2\" }\n\
         # secrets = [\"HF_TOKEN\"]\n# name = \"mine\"\n# timeout = 60\n# ///\nprint(1)\n",
    );
    let ran = shell.run("jobs uv run --dry-run -e A=3 train.py --lr 1");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    for line in [
        "script   train.py\n",
        "args     --lr 1\n",
        "flavor   a10g-small (from script)\n",
        "timeout  60 (from script)\n",
        "env      B=2 (from script)\n           A=3\n",
        "secrets  HF_TOKEN=*** (from script)\n",
        "labels   name=mine (from script)\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    assert!(ran.stderr.contains("sent to the job"), "{}", ran.stderr);
    assert!(!ran.stdout.contains(shell.hub.token()));
    shell.write(
        "wrong.py",
        "# /// script\n# [tool.hf-jobs]\n# flavour = \"x\"\n# ///\n",
    );
    let error = shell.fails(1, "jobs uv run wrong.py");
    assert!(error.contains("flavour"), "{error}");
}

#[test]
fn a_local_script_goes_to_a_bucket_and_stdout_has_the_job_alone() {
    let shell = Shell::logged_in();
    shell.write("train.py", "print(1)\n");
    let started = shell.json("jobs uv run -d train.py --with torch");
    assert!(
        started["name"].as_str().unwrap().starts_with("train-"),
        "{started}"
    );
    let body = sent(&shell);
    assert_eq!(
        body["command"],
        json!(["uv", "run", "--with", "torch", "/data/train.py"])
    );
    assert_eq!(body["volumes"][0]["mountPath"], "/data");
    let files = shell.hub.bucket_files("user/jobs-artifacts").unwrap();
    assert!(files[0].ends_with("/train.py"), "{files:?}");
}

#[test]
fn jobs_run_on_a_schedule() {
    let shell = Shell::logged_in();
    let made = shell.json(
        "jobs scheduled run @daily --name nightly --concurrency python:3.12 python x.py --suspend",
    );
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["name"], "nightly");
    assert_eq!(sent(&shell)["suspend"], true);
    let line = |line: &str| line.replace("ID", &id);
    assert_eq!(shell.json("jobs scheduled ls"), json!([]));
    let listed = shell.json("jobs scheduled ls -a");
    assert_eq!(listed[0]["suspend"], true);
    assert_eq!(listed[0]["command"], "python x.py");
    assert_eq!(
        shell.prints("jobs scheduled ps --status suspended -q"),
        format!("{id}\n")
    );
    assert_eq!(
        shell.prints(&line("jobs scheduled resume ID -q")),
        format!("{id}\n")
    );
    assert_eq!(shell.json("jobs scheduled ls")[0]["suspend"], false);
    let moved = shell.json(&line("jobs scheduled reschedule ID '0 9 * * 1'"));
    assert_eq!(moved["schedule"], "0 9 * * 1");
    assert_eq!(
        shell.json(&line("jobs scheduled labels ID -l a=b"))["id"],
        id.as_str()
    );
    assert_eq!(
        shell.json(&line("jobs scheduled inspect user/ID"))[0]["schedule"],
        "0 9 * * 1"
    );
    assert!(
        shell.json(&line("jobs scheduled trigger ID"))["url"]
            .as_str()
            .unwrap()
            .contains("/jobs/user/")
    );
    shell.prints(&line("jobs scheduled suspend ID"));
    shell.prints(&line("jobs scheduled delete ID"));
    assert_eq!(shell.json("jobs scheduled ls -a"), json!([]));
    let uv = shell.json("jobs scheduled uv run @hourly https-script --with pandas");
    assert!(
        uv["name"].as_str().unwrap().starts_with("https-script-"),
        "{uv}"
    );
    shell.refuses(&[
        "jobs scheduled run @daily img",
        "jobs scheduled ls --status running",
    ]);
}
