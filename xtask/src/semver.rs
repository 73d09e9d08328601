//! The public surface against the last release: `cargo xtask semver`.

use std::process::Command;

use crate::publish::published;
use crate::run::{Result, cargo, output, root, status};

pub(crate) fn run(_args: &[String]) -> Result {
    let tags = output(
        Command::new("git")
            .args(["tag", "--list", "v*", "--sort=-version:refname"])
            .current_dir(root()),
    )?;
    let Some(last) = tags.lines().next() else {
        println!("nothing is released yet: there is no tag `v*` to compare with");
        return Ok(());
    };
    for (name, _) in published()? {
        // The command has no library.
        if name == "hf-command" {
            continue;
        }
        println!("{name} since {last}");
        status(&mut cargo(&[
            "semver-checks",
            "--package",
            &name,
            "--baseline-rev",
            last,
        ]))?;
    }
    Ok(())
}
