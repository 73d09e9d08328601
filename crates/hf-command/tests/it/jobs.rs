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
pub(crate) fn sent(shell: &Shell) -> Value {
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

#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_command_and_not_the_job() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};

    let shell = Shell::logged_in();
    // The log never comes.
    shell.hub.fault(
        hf_testhub::Fault::on(http::Method::GET, "/api/jobs/*/*/logs")
            .stall()
            .always(),
    );
    let mut child = shell
        .command("jobs run -q ubuntu sleep 100")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut id = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut id)
        .unwrap();
    let id = id.trim();
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(status.code(), Some(130), "{stderr}");
    let requests = shell.hub.requests();
    assert!(
        !requests
            .iter()
            .any(|request| request.path.ends_with("/cancel"))
    );
    shell.hub.clear_faults();
    assert_eq!(shell.json(&format!("jobs inspect {id}"))[0]["id"], id);
}

#[test]
fn a_job_that_fails_fails_the_command() {
    let shell = Shell::logged_in();
    let failed = |hub: &hf_testhub::Hub| {
        // The newest job.
        let path = hub
            .requests()
            .iter()
            .rev()
            .find(|request| request.path.ends_with("/logs"))
            .map(|request| request.path.clone());
        let path = path.unwrap();
        hub.set_job(path.split('/').nth(4).unwrap(), "ERROR", &["out of memory"]);
    };
    shell
        .hub
        .fault(hf_testhub::Fault::on(http::Method::GET, "/api/jobs/*/*/logs").run(failed));
    let ran = shell.run("jobs run ubuntu false");
    assert_eq!(ran.status, Some(1), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("has ended with stage ERROR"),
        "{}",
        ran.stderr
    );
}
