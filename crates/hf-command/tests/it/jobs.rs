//! `hf jobs`.

use serde_json::{Value, json};

use crate::support::Shell;

/// Starts a job, and returns its id.
fn job(shell: &Shell) -> String {
    shell
        .prints("jobs run -d -q python:3.12 python x.py")
        .trim()
        .to_owned()
}

/// The body of the last request that created something.
fn sent(shell: &Shell) -> Value {
    let requests = shell.hub.requests();
    let posts = requests
        .iter()
        .rev()
        .find(|request| request.method == http::Method::POST);
    serde_json::from_slice(&posts.unwrap().body).unwrap()
}

#[test]
fn a_job_is_created_and_not_waited_for() {
    let shell = Shell::logged_in();
    let ran = shell.run("jobs run -d --name test -l team=ml -l solo -e A=1 --flavor t4-small --timeout 2h --json img echo hi");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let job: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(job["name"], "test");
    assert!(
        job["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/jobs/user/{}", job["id"].as_str().unwrap()))
    );
    let body = sent(&shell);
    assert_eq!(body["command"], json!(["echo", "hi"]));
    assert_eq!(body["dockerImage"], "img");
    assert_eq!(
        body["labels"],
        json!({"name": "test", "team": "ml", "solo": ""})
    );
    assert_eq!(body["environment"], json!({"A": "1"}));
    assert_eq!(body["timeoutSeconds"], 7200);
    let human = shell.run("jobs run -d ubuntu sleep 1");
    assert!(
        human.stdout.starts_with("✓ Job started\n  id: "),
        "{}",
        human.stdout
    );
    assert!(
        human.stderr.contains("Job configuration:\n  image"),
        "{}",
        human.stderr
    );
}

#[test]
fn the_same_line_has_the_same_name_as_in_python() {
    let shell = Shell::logged_in();
    // Recorded with `hf jobs run --dry-run` of huggingface_hub 2.4.0.
    for (line, name) in PYTHON_NAMES {
        let summary = shell.prints(line);
        assert!(
            summary.contains(&format!("name={name}\n")),
            "{line}: {summary}"
        );
        assert!(
            summary.ends_with("(dry run) Job not submitted.\n"),
            "{summary}"
        );
    }
    assert!(shell.hub.requests().is_empty());
}

const PYTHON_NAMES: [(&str, &str); 4] = [
    ("jobs run --dry-run ubuntu echo hi", "ubuntu-26f33f05"),
    (
        "jobs run --dry-run -e B=2 -e A=1 -s TOKEN=x --timeout 2h --flavor t4-small --attempts 3 pytorch/pytorch:2.6 python x.py",
        "pytorch-2-6-97db2d55",
    ),
    (
        "jobs run --dry-run -v hf://datasets/u/d:/data --network-group g --network-alias abc hf.co/spaces/u/s run",
        "u-s-64682879",
    ),
    (
        "jobs uv run --dry-run --with torch --python 3.11 https-script --flag 1",
        "https-script-9b276116",
    ),
];

#[test]
fn a_dry_run_is_json_for_programs() {
    let shell = Shell::logged_in();
    let told = shell.json("jobs run --dry-run -s A=1 -s B ubuntu echo 'two words'");
    assert_eq!(told["command"], "echo 'two words'");
    assert_eq!(told["secrets"], json!(["A=***", "B=<not set>"]));
    assert_eq!(told["dry_run"], true);
    assert_eq!(shell.prints("jobs run --dry-run -q ubuntu true"), "");
    let error = shell.fails(2, "jobs run -s ABSENT ubuntu true");
    assert!(error.contains("ABSENT"), "{error}");
}

#[test]
fn options_among_the_words_of_the_command_are_taken_with_a_warning() {
    let shell = Shell::logged_in();
    let ran = shell.run("jobs run img python x.py --timeout 10 -la --json --detach");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("Warning: --timeout, --json, --detach"),
        "{}",
        ran.stderr
    );
    assert_eq!(sent(&shell)["command"], json!(["python", "x.py", "-la"]));
    assert_eq!(sent(&shell)["timeoutSeconds"], 10);
    let ran = shell.run("jobs run -d img -- python x.py --timeout 10");
    assert!(!ran.stderr.contains("Warning"), "{}", ran.stderr);
    assert_eq!(
        sent(&shell)["command"],
        json!(["python", "x.py", "--timeout", "10"])
    );
}

#[test]
fn a_job_is_followed_to_its_end() {
    let shell = Shell::logged_in();
    let ran = shell.run("jobs run ubuntu echo hi");
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.ends_with("\n$ echo hi\n"), "{}", ran.stdout);
    // In JSON, stdout has the job and nothing else.
    let ran = shell.run("jobs run --json ubuntu echo hi");
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    serde_json::from_str::<Value>(&ran.stdout).unwrap();
    let ran = shell.run("jobs run -q ubuntu echo hi");
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
}

#[test]
fn jobs_are_listed() {
    let shell = Shell::logged_in();
    let (first, second) = (job(&shell), job(&shell));
    shell.hub.set_job(&first, "COMPLETED", &["done"]);
    assert_eq!(shell.prints("jobs ps -q"), format!("{second}\n"));
    assert_eq!(
        shell.prints("jobs ls -a -q"),
        format!("{second}\n{first}\n")
    );
    assert_eq!(
        shell.prints("jobs list --status completed,error -q"),
        format!("{first}\n")
    );
    let listed = shell.json("jobs ls");
    assert_eq!(listed[0]["status"], "RUNNING");
    assert_eq!(listed[0]["command"], "python x.py");
    assert_eq!(listed[0]["image/space"], "python:3.12");
    assert_eq!(listed[0]["job_id"], second.as_str());
    let table = shell.prints("jobs ps --no-truncate");
    assert!(
        table.starts_with("JOB_ID                   NAME                 IMAGE/SPACE COMMAND     CREATED             STATUS  RUNTIME\n"),
        "{table}"
    );
    let ran = shell.run("jobs ls -a --limit 1 -q");
    assert_eq!(ran.stdout.lines().count(), 1);
    let ran = shell.run("jobs ls -a --limit 1");
    assert!(ran.stderr.contains("--limit 0"), "{}", ran.stderr);
    assert_eq!(shell.json("jobs ls --label a=b=c"), json!([]));
    shell.refuses(&[
        "jobs ls -a --status running",
        "jobs ls --label a",
        "jobs ls --name x --label name=y",
    ]);
}

#[test]
fn one_job_is_inspected_named_exposed_and_cancelled() {
    let shell = Shell::logged_in();
    let id = job(&shell);
    let line = |line: &str| line.replace("ID", &id);
    let seen = shell.json(&line("jobs inspect user/ID"));
    assert_eq!(seen[0]["id"], id.as_str());
    assert_eq!(seen[0]["status"]["stage"], "RUNNING");
    assert!(
        shell
            .prints(&line("jobs inspect ID"))
            .starts_with("{\n  \"name\": \"python-3-12-")
    );
    assert_eq!(
        shell.json(&line("jobs labels ID -l a=b"))["id"],
        id.as_str()
    );
    // The other labels are kept.
    assert_eq!(
        shell.json(&line("jobs labels ID --name new"))["name"],
        "new"
    );
    assert_eq!(
        shell.json(&line("jobs inspect ID"))[0]["labels"],
        json!({"a": "b", "name": "new"})
    );
    shell.prints(&line("jobs labels ID --clear"));
    let exposed = shell.json(&line("jobs expose ID 8000 --public 9000"));
    assert_eq!(exposed["public_ports"], json!([9000]));
    assert_eq!(
        shell.json(&line("jobs expose ID --clear"))["ports"],
        json!([])
    );
    assert_eq!(shell.prints(&line("jobs cancel ID -q")), format!("{id}\n"));
    assert_eq!(
        shell.json(&line("jobs inspect ID"))[0]["status"]["stage"],
        "CANCELED"
    );
    shell.refuses(&[
        &line("jobs labels ID"),
        &line("jobs labels ID --clear --name x"),
        &line("jobs expose ID"),
        &line("jobs expose ID 80 --clear"),
        &line("jobs inspect org/ID --namespace user"),
        "jobs inspect",
        "jobs run img",
        "jobs run --attempts 0 img x",
    ]);
    let error = shell.fails(3, "jobs inspect user/000000000000000000000000");
    assert!(error.contains("000000000000000000000000"), "{error}");
}

#[test]
fn waiting_tells_how_jobs_have_ended() {
    let shell = Shell::logged_in();
    let (good, bad) = (job(&shell), job(&shell));
    shell.hub.set_job(&good, "COMPLETED", &[]);
    shell.hub.set_job(&bad, "ERROR", &[]);
    assert_eq!(
        shell.json(&format!("jobs wait {good}")),
        json!([{"id": good, "stage": "COMPLETED", "message": null}])
    );
    let ran = shell.run(&format!("jobs wait {good} user/{bad} --namespace user -q"));
    assert_eq!(ran.status, Some(1));
    assert_eq!(ran.stdout, format!("{good}\n{bad}\n"));
    assert!(
        ran.stderr.contains(&format!("{bad} (ERROR)")),
        "{}",
        ran.stderr
    );
    let error = shell.fails(1, &format!("jobs ssh {good}"));
    assert!(error.contains("--ssh"), "{error}");
}

#[test]
fn logs_are_lines_or_json_lines() {
    let shell = Shell::logged_in();
    let id = job(&shell);
    shell.hub.set_job(&id, "COMPLETED", &["one", "two"]);
    assert_eq!(shell.prints(&format!("jobs logs {id}")), "one\ntwo\n");
    assert_eq!(shell.prints(&format!("jobs logs -f {id} -q")), "one\ntwo\n");
    assert_eq!(
        shell.prints(&format!("jobs logs -n 1 user/{id} --json")),
        "{\"line\": \"two\"}\n"
    );
}

#[test]
fn a_job_is_run_again() {
    let shell = Shell::logged_in();
    let id = job(&shell);
    let again = shell.json(&format!("jobs rerun -d {id}"));
    assert_ne!(again["id"], id.as_str());
}

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

#[test]
fn hardware_and_statistics_are_tables() {
    let shell = Shell::logged_in();
    let hardware = shell.json("jobs hardware");
    assert!(hardware[0]["storage"].is_string(), "{hardware}");
    assert!(shell.prints("jobs hardware").starts_with("NAME"));
    assert_eq!(shell.json("jobs stats"), json!([]));
    let id = job(&shell);
    let ran = shell.run(&format!("jobs stats {id}"));
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    shell.fails(2, &format!("jobs stats -f {id} --json"));
}
