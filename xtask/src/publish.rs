//! Publication: `cargo xtask publish --dry-run`.
//!
//! Packages every crate, unpacks the packages side by side in a workspace of their own, and there builds each as a
//! user of the registry would, with its default features and nothing beside it but the other packages. Then their
//! doctests are compiled: a path that leads out of a package shows there and nowhere else.
//!
//! `cargo publish --dry-run` builds the packages as well, but it keeps their sources by name and version in the
//! folder of its registry, so that a second run with the same version builds the sources of the first.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, cargo, cargo_command, output, root, status};

pub(crate) fn run(args: &[String]) -> Result {
    if !matches!(args, [word] if word == "--dry-run") {
        return Err(
            "usage: cargo xtask publish --dry-run; `cargo publish --workspace` publishes"
                .to_owned(),
        );
    }
    let packages = root().join("target/packages");
    let _ = std::fs::remove_dir_all(&packages);
    let mut package = cargo(&["package", "--no-verify", "--allow-dirty"]);
    for (name, _) in published()? {
        package.args(["--package", &name]);
    }
    status(package.arg("--target-dir").arg(&packages))?;
    let unpacked = packages.join("unpacked");
    let members = unpack(&packages.join("package"), &unpacked)?;
    let in_workspace = |args: &[&str]| {
        let mut command = cargo_command();
        command
            .args(args)
            .arg("--target-dir")
            .arg(packages.join("target"));
        status(command.current_dir(&unpacked))
    };
    for (name, _) in &members {
        in_workspace(&["check", "--package", name])?;
    }
    in_workspace(&["test", "--doc", "--workspace", "--quiet"])?;
    println!("{} packages build, and so do their doctests", members.len());
    Ok(())
}

/// Unpacks the packages into one workspace. Returns the name of each crate and its folder.
fn unpack(packages: &Path, to: &Path) -> Result<Vec<(String, String)>> {
    let fail = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    std::fs::create_dir_all(to).map_err(|error| fail(to, error))?;
    let mut manifest =
        String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n[patch.crates-io]\n");
    let mut members = Vec::new();
    for (name, version) in published()? {
        let folder = format!("{name}-{version}");
        status(
            Command::new("tar")
                .arg("-xzf")
                .arg(packages.join(format!("{folder}.crate")))
                .arg("-C")
                .arg(to),
        )?;
        let _ = writeln!(manifest, "{name} = {{ path = \"{folder}\" }}");
        members.push((name, folder));
    }
    let path = to.join("Cargo.toml");
    std::fs::write(&path, manifest).map_err(|error| fail(&path, error))?;
    // The versions of dependencies that everything else is tested with.
    let lock = root().join("Cargo.lock");
    std::fs::copy(&lock, to.join("Cargo.lock")).map_err(|error| fail(&lock, error))?;
    Ok(members)
}

/// Name and version of each member that may be published.
pub(crate) fn published() -> Result<Vec<(String, String)>> {
    let json = output(&mut cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&json).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists no packages")?;
    let text = |package: &serde_json::Value, key: &str| {
        package[key].as_str().unwrap_or_default().to_owned()
    };
    // `publish = false` is an empty list of registries.
    let named = packages
        .iter()
        .filter(|package| package["publish"].is_null())
        .map(|package| (text(package, "name"), text(package, "version")));
    Ok(named.collect())
}
