//! Whole processes against the embedded Hub, beside a bare client and other clients.
//!
//! ```text
//! cargo xtask bench [--python PYTHON] [--hf-hub PROGRAM] [--rounds N] [--json FILE] [ROW...]
//! cargo xtask bench page [--python PYTHON] [--hf-hub PROGRAM]
//! cargo xtask bench command [--hf PROGRAM] [--python PYTHON] [--rounds N]
//! cargo xtask bench compare OLD NEW
//! cargo xtask bench scale [WORKLOAD...]
//! cargo xtask bench instructions [--save]
//! cargo xtask bench xet [--mib N] [--python PYTHON] [--hf-hub PROGRAM]
//! ```
//!
//! Without a word, every workload is run, or those whose names contain a `ROW`. The clients take turns, and medians
//! count. `page` runs all benches of the repository and writes `docs/BENCHMARKS.md` and `docs/benchmarks.json`;
//! `compare` names what is slower in a second result; `scale` shows how cost grows with size; `instructions` counts those
//! of the hottest paths; `command` measures the command `hf` from start to exit. `PYTHON` is an interpreter that has
//! `huggingface_hub`; `PROGRAM` is another client that takes the words of [`clients`], such as the one of
//! `tests/peers/hf-hub`, or a `hf` that was built already, with `hf-testhub` beside it.

mod clients;
mod command;
mod cost;
mod instructions;
mod page;
mod report;
mod rows;
mod scale;
mod xet;

use std::fs;
use std::path::Path;
use std::time::Duration;

use clients::{Client, Peers};
use cost::{Cost, cost, median, scratch};
use report::{Measured, Report};
pub(crate) use rows::noise;
use rows::{ROWS, Row};

use crate::hub::Hub;
use crate::run::{Result, root};

/// Another client that takes longer than this is far off: one round shows it as well as many.
const LONG: Duration = Duration::from_secs(5);

pub(crate) fn run(args: &[String]) -> Result {
    let outcome = chosen(args);
    // It may lie in memory.
    let _ = fs::remove_dir_all(scratch());
    outcome
}

fn chosen(args: &[String]) -> Result {
    match args {
        [word, rest @ ..] if word == "xet" => xet::run(rest),
        [word, rest @ ..] if word == "scale" => scale::run(rest),
        [word, rest @ ..] if word == "instructions" => instructions::run(rest),
        [word, rest @ ..] if word == "command" => command::run(rest),
        [word, old, new] if word == "compare" => report::compare(Path::new(old), Path::new(new)),
        [word, rest @ ..] if word == "page" => {
            let mut rest = rest.to_vec();
            let peers = peers(&mut rest);
            page::write(&measure(&peers, None, &rest)?, &peers)
        }
        _ => {
            let mut rest = args.to_vec();
            let peers = peers(&mut rest);
            let rounds = match option(&mut rest, "--rounds") {
                Some(text) => Some(
                    text.parse()
                        .map_err(|_| format!("--rounds {text}: no number"))?,
                ),
                None => None,
            };
            let json = option(&mut rest, "--json");
            let report = measure(&peers, rounds, &rest)?;
            json.map_or(Ok(()), |path| report.save(Path::new(&path)))
        }
    }
}

/// Takes an option and its value off the arguments.
fn option(args: &mut Vec<String>, name: &str) -> Option<String> {
    let at = args.iter().position(|arg| arg == name)?;
    (at + 1 < args.len()).then(|| args.drain(at..at + 2).nth(1))?
}

fn peers(args: &mut Vec<String>) -> Peers {
    Peers {
        python: option(args, "--python"),
        hf_hub: option(args, "--hf-hub"),
    }
}

fn measure(peers: &Peers, rounds: Option<usize>, wanted: &[String]) -> Result<Report> {
    let clients = clients::build(peers)?;
    let mut report = Report::new()?;
    report::head();
    for row in ROWS {
        if !wanted.is_empty() && !wanted.iter().any(|word| row.name.contains(word.as_str())) {
            continue;
        }
        for measured in measure_row(row, &clients, rounds.unwrap_or(row.rounds))? {
            report.add(measured);
        }
    }
    if report.is_empty() {
        return Err(format!("no workload is called `{}`", wanted.join(" ")));
    }
    Ok(report)
}

fn measure_row(row: &Row, clients: &[Client], rounds: usize) -> Result<Vec<Measured>> {
    let homes = scratch();
    let _ = fs::remove_dir_all(&homes);
    let start = || Hub::start(&root().join("target/release/hf-testhub"), row.hub);
    let mut hub = start()?;
    let words = row.words()?;
    let tasks: Vec<(&Client, &'static str, Vec<String>)> = clients
        .iter()
        .filter(|client| row.peers || ["ours", "bare"].contains(&client.name))
        .map(|client| (client, client.name, words.clone()))
        .chain(row.also.map(|(name, task)| {
            let task = task.iter().map(|&word| word.to_owned()).collect();
            (&clients[1], name, task)
        }))
        .collect();
    let mut costs: Vec<Vec<Cost>> = tasks.iter().map(|_| Vec::new()).collect();
    let mut failures: Vec<Option<String>> = tasks.iter().map(|_| None).collect();
    // The first round makes a warm workload warm, and fills the caches of the Hub and of the system.
    for round in 0..=rounds {
        for (index, (client, name, task)) in tasks.iter().enumerate() {
            // The first time of what is cached later says nothing.
            let peer = index > 1 && !row.warm;
            let far_off = peer && costs[index].first().is_some_and(|cost| cost.time > LONG);
            if failures[index].is_some() || far_off {
                continue;
            }
            if row.fresh {
                hub = start()?;
            }
            let home = homes.join(if row.warm {
                (*name).to_owned()
            } else {
                format!("{name}-{round}")
            });
            let mut command = client.command(task);
            if *name == "bare" {
                command.envs(row.bare.iter().copied());
            }
            match cost(&hub, &mut command, &home) {
                Ok(cost) if round > 0 || (peer && cost.time > LONG) => costs[index].push(cost),
                Ok(_) => {}
                // Another client may be unable to do this; ours and the bare one are not.
                Err(error) if index > 1 => failures[index] = Some(error),
                Err(error) => return Err(error),
            }
            if !row.warm {
                let _ = fs::remove_dir_all(&home);
            }
        }
    }
    let bare = median(&costs[1]).map(|cost| cost.time);
    let measured = tasks.iter().zip(costs).zip(failures);
    Ok(measured
        .map(|(((_, client, _), costs), failure)| Measured {
            row: row.name.to_owned(),
            client: (*client).to_owned(),
            target: row.target.filter(|_| *client == "ours"),
            cost: median(&costs),
            bare,
            failure,
        })
        .collect())
}
