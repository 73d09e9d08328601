//! Ctrl-C at every stage of a download and of an upload.

use std::fs;
use std::path::Path;

use hf_testhub::{Fault, Listener, Op, RepoType};
use http::Method;

use crate::support::{Ran, Shell};

const REPO: &str = "user/model";
const BIG: usize = 3_000_000;

/// Bytes that cannot be compressed, so that as many are sent as a file has.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..BIG).map(|_| next()).collect()
}

fn files() -> [(&'static str, Vec<u8>); 3] {
    [
        ("big.bin", noise(7)),
        ("config.json", b"{}".to_vec()),
        ("data/train.csv", b"a,b\n1,2\n".to_vec()),
    ]
}

/// Presses Ctrl-C when a request has met the fault, which is lifted then.
fn interrupt(shell: &Shell, line: &str, fault: Fault) -> Ran {
    let fault = shell.hub.fault(fault.always());
    let mut running = shell.start(line);
    running.wait_until(|| fault.fired() > 0);
    let ran = running.interrupt();
    fault.lift();
    assert_eq!(ran.status, Some(130), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.contains("goes on from there") && !ran.stderr.contains("Error"),
        "{}",
        ran.stderr
    );
    ran
}

/// Checks that each file of the three that is there is whole, and returns how many there are.
fn whole_files(folder: &Path) -> usize {
    let there = files().into_iter().filter(|(name, content)| {
        let found = fs::read(folder.join(name)).ok();
        if let Some(found) = &found {
            assert!(found == content, "{name} is half-written");
        }
        found.is_some()
    });
    there.count()
}

#[test]
fn a_download_may_be_interrupted_at_every_stage() {
    for xet in [false, true] {
        let shell = Shell::logged_in();
        shell.hub.set_xet(xet);
        shell.hub.create_repo(RepoType::Model, REPO);
        let operations = files().map(|(path, content)| Op::add(path, content));
        shell.hub.commit(REPO, "Files", operations);
        let content = if xet {
            Listener::Cas
        } else {
            Listener::Storage
        };
        let stages = [
            Fault::on(Method::GET, "/api/models/*/revision/*").stall(),
            Fault::on(Method::GET, "/api/models/*/tree/*").stall(),
            Fault::on_any("*/resolve/*").stall(),
            Fault::on_any("*").at(content).stall(),
            // The storage has the xorbs, too.
            Fault::on_any("*").at(Listener::Storage).stall_after(1000),
            // Ctrl-C is heard while a retry is waited for, too.
            Fault::on_any("*").at(content).status(503),
        ];
        let out = shell.work("out");
        for stage in stages {
            interrupt(&shell, &format!("download {REPO} --local-dir out"), stage);
            whole_files(&out);
        }
        for line in ["--local-dir out -q", "-q"] {
            let folder = shell.prints(&format!("download {REPO} {line}"));
            assert_eq!(whole_files(Path::new(folder.trim_end())), 3, "{line}");
        }
    }
}

#[test]
fn an_upload_may_be_interrupted_at_every_stage() {
    for xet in [false, true] {
        let shell = Shell::logged_in();
        shell.hub.set_xet(xet);
        for (path, content) in files() {
            shell.write(Path::new("out").join(path), content);
        }
        let line = format!("upload {REPO} out");
        let content = if xet {
            Listener::Cas
        } else {
            Listener::Storage
        };
        let stages = [
            Fault::on(Method::POST, "/api/repos/create").stall(),
            Fault::on(Method::POST, "/api/models/*/preupload/*").stall(),
            Fault::on_any("*").at(content).stall(),
            Fault::on_any("*").at(content).stall_upload_after(100),
            Fault::on_any("*").at(content).status(503),
            Fault::on(Method::POST, "/api/models/*/commit/*").stall(),
        ];
        for stage in stages {
            interrupt(&shell, &line, stage);
            if shell.hub.repo_exists(REPO) {
                assert_eq!(own_files(&shell), Vec::<String>::new());
            }
        }
        // The commit is made, and nobody hears of it.
        let lost = Fault::on(Method::POST, "/api/models/*/commit/*");
        interrupt(&shell, &line, lost.after_processing().stall());
        let again = shell.run(&line);
        assert_eq!(again.status, Some(0), "{}", again.stderr);
        // That of the repository itself, and one.
        assert_eq!(shell.hub.commits(REPO, "main").len(), 2);
        assert_eq!(own_files(&shell), files().map(|(name, _)| name));
        for (name, content) in files() {
            let sent = shell.hub.read(REPO, "main", name).unwrap();
            assert!(sent == content, "{name}");
        }
    }
}

fn own_files(shell: &Shell) -> Vec<String> {
    let files = shell.hub.files(REPO, "main");
    let own = |path: &String| path != ".gitattributes" && path != "README.md";
    files.into_iter().filter(own).collect()
}

/// At 50 KB/s, three megabytes are under way for a minute: a transfer that does not keep to the limit is over before the
/// first line of progress.
#[test]
fn limit_rate_holds_back_what_is_sent_and_what_is_received() {
    for xet in [false, true] {
        let shell = Shell::logged_in();
        shell.hub.set_xet(xet);
        for (path, content) in files() {
            shell.write(Path::new("out").join(path), content);
        }
        shell.prints(&format!("upload {REPO} out -q"));
        let other = noise(8);
        shell.write("other/big.bin", &other);
        for line in [
            "upload user/other other --limit-rate 50K --progress json".to_owned(),
            format!("download {REPO} --limit-rate 50K --progress json"),
        ] {
            let mut running = shell.start(&line);
            while !running
                .next_line_of_stderr()
                .contains("\"event\": \"progress\"")
            {}
            let ran = running.interrupt();
            assert_eq!(ran.status, Some(130), "{line}: {}", ran.stderr);
        }
        assert_eq!(shell.hub.commits("user/other", "main").len(), 1);
        // A limit that is not in the way changes nothing.
        let folder = shell.prints(&format!("download {REPO} -q --limit-rate 1G"));
        assert_eq!(whole_files(Path::new(folder.trim_end())), 3);
        shell.prints("upload user/other other -q --limit-rate 1G");
        let sent = shell.hub.read("user/other", "main", "big.bin").unwrap();
        assert!(sent == other);
    }
}
