//! The libraries for other systems, compiled as far as that goes without their C compilers: `cargo xtask platforms`.
//!
//! Without TLS, whose cryptography is partly C and assembly, everything of ours is compiled, and nothing needs more than
//! the standard library of the target.

use std::process::Command;

use crate::run::{Result, cargo, output, status};

/// What is compiled everywhere.
pub(crate) const LIBRARIES: &[&str] = &[
    "hf-types",
    "hf-safetensors",
    "hf-transport",
    "hf-cache",
    "hf-commit",
    "hf-api",
    "hf-object-store",
];

/// One for each family of `cfg` that the code knows.
const TARGETS: &[&str] = &[
    "x86_64-apple-darwin",
    "x86_64-unknown-freebsd",
    "x86_64-pc-windows-gnu",
];

pub(crate) fn run(args: &[String]) -> Result {
    let wanted: Vec<&str> = match args {
        [] => TARGETS.to_vec(),
        some => some.iter().map(String::as_str).collect(),
    };
    for target in wanted {
        println!("{target}");
        add_target(target)?;
        let mut check = vec!["check", "--no-default-features", "--target", target];
        for library in LIBRARIES {
            check.extend(["--package", library]);
        }
        status(&mut cargo(&check))?;
    }
    Ok(())
}

/// Makes the standard library of a target available.
pub(crate) fn add_target(target: &str) -> Result {
    let here =
        output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if std::path::Path::new(here.trim()).is_dir() {
        return Ok(());
    }
    status(Command::new("rustup").args(["target", "add", target])).map_err(|error| {
        format!(
            "{error}; without rustup, put the standard library of the target into {}, or build it: \
             RUSTC_BOOTSTRAP=1 cargo check -Zbuild-std --target {target}, with the sources of the library \
             (Debian: rust-src)",
            here.trim()
        )
    })
}
