//! What the registry would get: `cargo xtask publish`.
//!
//! Packages every crate in the order of their dependencies and builds each
//! package against the other packages, as a user of the registry would. Then
//! unpacks them side by side and compiles their doctests: a path that leads out
//! of a package shows there and nowhere else.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::run::{Result, cargo, cargo_command, output, root, status};

pub(crate) fn run(args: &[String]) -> Result {
    if !args.iter().any(|arg| arg == "--dry-run") {
        return Err(
            "only `--dry-run` is a chore; `cargo publish --workspace` publishes".to_owned(),
        );
    }
    status(&mut cargo(&[
        "publish",
        "--workspace",
        "--dry-run",
        "--allow-dirty",
    ]))?;
    let unpacked = root().join("target/unpacked");
    let _ = std::fs::remove_dir_all(&unpacked);
    std::fs::create_dir_all(&unpacked)
        .map_err(|error| format!("{}: {error}", unpacked.display()))?;
    let members = unpack(&unpacked)?;
    let mut manifest =
        String::from("[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n[patch.crates-io]\n");
    for (name, folder) in &members {
        let _ = writeln!(manifest, "{name} = {{ path = \"{folder}\" }}");
    }
    let manifest_path = unpacked.join("Cargo.toml");
    std::fs::write(&manifest_path, manifest)
        .map_err(|error| format!("{}: {error}", manifest_path.display()))?;
    status(
        cargo_command()
            .args(["test", "--doc", "--workspace", "--quiet"])
            .arg("--target-dir")
            .arg(root().join("target/packaged"))
            .current_dir(&unpacked),
    )?;
    println!("{} packages build, and so do their doctests", members.len());
    Ok(())
}

/// Unpacks every package; returns the name of each crate and its folder.
fn unpack(into: &Path) -> Result<Vec<(String, String)>> {
    let packages = root().join("target/package");
    let mut members = Vec::new();
    for member in published()? {
        let (name, version) = &member;
        let folder = format!("{name}-{version}");
        status(
            Command::new("tar")
                .arg("-xzf")
                .arg(packages.join(format!("{folder}.crate")))
                .arg("-C")
                .arg(into),
        )?;
        members.push((name.clone(), folder));
    }
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
