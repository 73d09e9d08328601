//! What the registry would get: `cargo xtask publish`.
//!
//! Packages every crate in the order of their dependencies and builds each
//! package against the other packages, as a user of the registry would. Then
//! unpacks them side by side and compiles their doctests: a path that leads out
//! of a package shows there and nowhere else.

use std::fmt::Write as _;
use std::path::Path;

use crate::run::{Result, cargo, cargo_command, output, root, status};

pub(crate) fn run(args: &[String]) -> Result {
    match args {
        [word] if word == "--dry-run" => {
            status(&mut cargo(&[
                "publish",
                "--workspace",
                "--dry-run",
                "--allow-dirty",
            ]))?;
            doctests()
        }
        [word] if word == "--doctests" => doctests(),
        _ => Err(
            "usage: cargo xtask publish --dry-run | --doctests (of packages that a dry run has left); \
             `cargo publish --workspace` publishes"
                .to_owned(),
        ),
    }
}

/// Compiles the examples of the packages, with nothing beside them but each other.
fn doctests() -> Result {
    let unpacked = root().join("target/unpacked");
    let _ = std::fs::remove_dir_all(&unpacked);
    std::fs::create_dir_all(&unpacked)
        .map_err(|error| format!("{}: {error}", unpacked.display()))?;
    let members = move_packages(&unpacked)?;
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

/// Moves the packages, as cargo unpacked them in order to build them, to where no workspace is around them; returns the
/// name of each crate and its folder.
fn move_packages(to: &Path) -> Result<Vec<(String, String)>> {
    let packages = root().join("target/package");
    let mut members = Vec::new();
    for (name, version) in published()? {
        let folder = format!("{name}-{version}");
        let package = packages.join(&folder);
        std::fs::rename(&package, to.join(&folder))
            .map_err(|error| format!("{}: {error}", package.display()))?;
        members.push((name, folder));
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
