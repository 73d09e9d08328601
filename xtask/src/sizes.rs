//! What the facade costs a program: the size of one that makes five calls, with Cargo's release profile and with one for
//! small programs, the crates it consists of, and the time of a build from nothing.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::run::{Result, cargo_command, output, root, status};

/// The program, as a user would write it: a package outside of the workspace, so that no other package adds features.
const PROGRAM: &str = r#"
#[tokio::main]
async fn main() -> hf_api::Result<()> {
    let api = hf_api::HfApi::new()?;
    let me = api.whoami().await?;
    let info = api.model_info("gpt2").await?;
    let models = api.list_models().author(&me.name).limit(10).await?;
    let config = api.hf_hub_download("gpt2", "config.json").await?;
    api.upload_file(config, "config.json", format!("{}/copy", me.name)).await?;
    println!("{} {}", info.id, models.len());
    Ok(())
}
"#;

pub(crate) fn run(args: &[String]) -> Result {
    let wanted = |option: &str| args.iter().any(|arg| arg == option);
    let folder = root().join("target/sizes");
    // Without what an earlier run has built: the time is that of a build from nothing.
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    measure(&folder.join("default"), "")?;
    if wanted("--by-name") {
        measure(&folder.join("by-name"), ", features = [\"by-name\"]")?;
    }
    if wanted("--least") {
        let least = ", default-features = false, features = [\"ring\", \"webpki-roots\"]";
        measure(&folder.join("least"), least)?;
    }
    Ok(())
}

fn measure(folder: &Path, features: &str) -> Result {
    write_package(folder, features).map_err(|error| format!("{}: {error}", folder.display()))?;
    let cargo = |args: &[&str]| {
        let mut command = cargo_command();
        command.args(args).current_dir(folder);
        command.env_remove("CARGO_TARGET_DIR");
        command
    };
    let name = folder.file_name().unwrap_or_default().display();
    let tree = output(&mut cargo(&[
        "tree",
        "--offline",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ]))?;
    let mut crates: Vec<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    crates.sort_unstable();
    crates.dedup();
    println!("{name}: {} crates", crates.len());
    for (profile, flags) in [
        ("dev", &["build"][..]),
        ("release", &["build", "--release"]),
        ("small", &["build", "--profile", "small"]),
    ] {
        let (started, before) = (Instant::now(), processor_seconds());
        let mut build = cargo(flags);
        status(build.args(["--offline", "--quiet"]))?;
        let seconds = started.elapsed().as_secs_f64();
        print!("{name}: {profile} build from nothing in {seconds:.0} s");
        match (before, processor_seconds()) {
            (Some(before), Some(after)) => println!(", {:.0} s of the processor", after - before),
            _ => println!(),
        }
        if profile == "dev" {
            continue;
        }
        let program = folder.join("target").join(profile).join("five-calls");
        let size =
            fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?;
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let megabytes = size.len() as f64 / 1e6;
        println!("{name}: {megabytes:.1} MB stripped, as {profile}");
    }
    Ok(())
}

fn write_package(folder: &Path, features: &str) -> std::io::Result<()> {
    let facade = root().join("crates/hf-api");
    let manifest = format!(
        "[package]\nname = \"five-calls\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         hf-api = {{ path = '{}'{features} }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n\
         [profile.release]\nstrip = true\n\n[profile.small]\ninherits = \"release\"\n\
         lto = \"fat\"\ncodegen-units = 1\npanic = \"abort\"\n\n[workspace]\n",
        facade.display()
    );
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), PROGRAM)?;
    // The versions that the workspace is tested with.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// The processor time of all programs that were run and have ended, where the system has it in `/proc`: unlike the time
/// on the clock, it hardly depends on what else runs.
fn processor_seconds() -> Option<f64> {
    // USER_HZ, which is 100 on every Linux that Rust supports.
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in parentheses, may have spaces; `cutime` and `cstime` are the 14th and 15th field after it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(13);
    let mut next = || ticks.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / TICKS_PER_SECOND)
}
