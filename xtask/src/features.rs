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
        let crates: BTreeSet<&str> = tree
            .lines()
            .map(|line| line.trim_end_matches(" (*)"))
            .filter(|line| !line.is_empty())
            .collect();
        println!("{name}: {} crates, at most {most}", crates.len());
        if crates.len() > *most {
            return Err(format!("{name} pulls in more than {most} crates"));
        }
    }
    Ok(())
}
