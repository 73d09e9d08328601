//! Each crate compiles alone with each of its features, without a warning, and its dependencies stay within the
//! documented number.

use std::collections::BTreeSet;

use crate::run::{Result, cargo, output, status};

/// Crate, features, and the most crates a build of it may consist of.
const FOOTPRINTS: &[(&str, &[&str], usize)] = &[
    ("hf-types", &[], 15),
    ("hf-safetensors", &[], 15),
    ("hf-card", &[], 15),
    ("hf-transport", &[], 110),
];

/// Combinations that must compile.
const COMBINATIONS: &[(&str, &[&str])] = &[
    ("hf-types", &["--no-default-features"]),
    ("hf-safetensors", &["--no-default-features"]),
    ("hf-safetensors", &["--all-features"]),
    ("hf-card", &[]),
    ("hf-card", &["--features", "hub"]),
    ("hf-transport", &["--no-default-features"]),
    (
        "hf-transport",
        &["--no-default-features", "--features", "ring,native-roots"],
    ),
    (
        "hf-transport",
        &[
            "--no-default-features",
            "--features",
            "aws-lc-rs,webpki-roots,http2,gzip",
        ],
    ),
    // The entry points of the fuzz targets.
    (
        "hf-transport",
        &["--no-default-features", "--features", "fuzzing"],
    ),
    (
        "hf-cache",
        &["--no-default-features", "--features", "fuzzing"],
    ),
    (
        "hf-commit",
        &["--no-default-features", "--features", "fuzzing"],
    ),
    ("hf-testhub", &["--features", "fuzzing"]),
    ("hf-commit", &[]),
    ("hf-cache", &["--features", "indicatif"]),
    ("hf-api", &["--no-default-features"]),
    ("hf-api", &["--features", "indicatif"]),
    ("hf-object-store", &["--no-default-features"]),
    ("hf-object-store", &[]),
];

/// Crates that leave TLS to the program that depends on them.
const WITHOUT_TLS: &[&str] = &[
    "hf-transport",
    "hf-cache",
    "hf-commit",
    "hf-cas",
    "hf-auth",
    "hf-api",
    "hf-object-store",
];

/// The cryptography of TLS, without which rustls is there but encrypts nothing.
const TLS: &[&str] = &["ring", "aws-lc-rs", "aws-lc-sys"];

pub(crate) fn run(_args: &[String]) -> Result {
    for (name, flags) in COMBINATIONS {
        let mut args = vec!["clippy", "--quiet", "--package", name];
        args.extend_from_slice(flags);
        // The compiler's warnings; style is the business of the build with all features.
        args.extend([
            "--",
            "-D",
            "warnings",
            "-A",
            "clippy::all",
            "-A",
            "clippy::pedantic",
        ]);
        println!("{name} {}", flags.join(" "));
        status(&mut cargo(&args))?;
    }
    for (name, flags, most) in FOOTPRINTS {
        let crates = dependencies(name, flags)?;
        println!("{name}: {} crates, at most {most}", crates.len());
        if crates.len() > *most {
            return Err(format!("{name} pulls in more than {most} crates"));
        }
    }
    for name in WITHOUT_TLS {
        refuse_tls(name, &["--no-default-features"], TLS)?;
        let flags = ["--no-default-features", "--features", "aws-lc-rs"];
        refuse_tls(name, &flags, &["ring"])?;
    }
    Ok(())
}

/// Refuses features that do not reach the crates below: with them, `name` must depend on none of `unwanted`.
fn refuse_tls(name: &str, flags: &[&str], unwanted: &[&str]) -> Result {
    for line in dependencies(name, flags)? {
        if unwanted.contains(&line.split(' ').next().unwrap_or(&line)) {
            return Err(format!("{name} {} depends on {line}", flags.join(" ")));
        }
    }
    Ok(())
}

/// Returns the crates of a build, with their versions.
fn dependencies(name: &str, flags: &[&str]) -> Result<BTreeSet<String>> {
    let mut args = vec![
        "tree",
        "--package",
        name,
        "--edges",
        "normal",
        "--prefix",
        "none",
    ];
    args.extend_from_slice(flags);
    let tree = output(&mut cargo(&args))?;
    Ok(tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)").to_owned())
        .filter(|line| !line.is_empty())
        .collect())
}
