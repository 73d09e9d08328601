//! What depending on these crates costs a program: its size, with Cargo's release profile and with one for small programs,
//! the crates it consists of, and the time of a build from nothing.
//!
//! ```text
//! cargo xtask sizes [PROGRAM...]
//! ```
//!
//! Without a word, the program of five calls is measured; see [`PROGRAMS`] for the others.

use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::run::{Result, cargo_command, output, root, status};

/// A program as a user would write it: a package outside of the workspace, so that no other package adds features.
struct Program {
    name: &'static str,
    /// The dependencies beside `tokio`; `CRATES` stands for the folder of the crates of this workspace.
    dependencies: &'static str,
    /// The body of `main`.
    body: &'static str,
}

const FIVE_CALLS: &str = r#"
    let api = hf_api::HfApi::new()?;
    let me = api.whoami().await?;
    let info = api.model_info("gpt2").await?;
    let models = api.list_models().author(&me.name).limit(10).await?;
    let config = api.hf_hub_download("gpt2", "config.json").await?;
    api.upload_file(config, "config.json", format!("{}/copy", me.name)).await?;
    println!("{} {}", info.id, models.len());"#;

const ONE_FILE: &str = r#"
    let api = hf_api::HfApi::new()?;
    println!("{}", api.hf_hub_download("gpt2", "config.json").await?.display());"#;

const ONE_FILE_BY_CACHE: &str = r#"
    let client = hf_transport::Client::new()?;
    let file = hf_cache::HfHubDownload::new("openai-community/gpt2".parse()?, "config.json");
    println!("{}", file.run(&client).await?.display());"#;

const PROGRAMS: &[Program] = &[
    Program {
        name: "five-calls",
        dependencies: "hf-api = { path = 'CRATES/hf-api' }",
        body: FIVE_CALLS,
    },
    Program {
        name: "five-calls-by-name",
        dependencies: "hf-api = { path = 'CRATES/hf-api', features = ['by-name'] }",
        body: FIVE_CALLS,
    },
    Program {
        name: "five-calls-least",
        dependencies: "hf-api = { path = 'CRATES/hf-api', default-features = false, features = ['ring', 'webpki-roots'] }",
        body: FIVE_CALLS,
    },
    Program {
        name: "one-file",
        dependencies: "hf-api = { path = 'CRATES/hf-api' }",
        body: ONE_FILE,
    },
    Program {
        name: "one-file-cache",
        dependencies: "hf-cache = { path = 'CRATES/hf-cache' }\nhf-transport = { path = 'CRATES/hf-transport' }",
        body: ONE_FILE_BY_CACHE,
    },
    Program {
        name: "one-file-cache-least",
        dependencies: "hf-cache = { path = 'CRATES/hf-cache', default-features = false, features = ['ring', 'webpki-roots'] }\nhf-transport = { path = 'CRATES/hf-transport', default-features = false }",
        body: ONE_FILE_BY_CACHE,
    },
    Program {
        name: "one-file-hf-hub",
        dependencies: "hf-hub = '=1.0.0'",
        body: r#"
    let client = hf_hub::HFClient::new()?;
    let file = client.model("openai-community", "gpt2").download_file().filename("config.json").send().await?;
    println!("{}", file.display());"#,
    },
];

pub(crate) fn run(args: &[String]) -> Result {
    let folder = root().join("target/sizes");
    // Without what an earlier run has built: the time is that of a build from nothing.
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let names = || PROGRAMS.iter().map(|program| program.name);
    if let Some(other) = args.iter().find(|arg| names().all(|name| name != *arg)) {
        let known = names().collect::<Vec<_>>().join(", ");
        return Err(format!("no program is called `{other}`: {known}"));
    }
    for (index, program) in PROGRAMS.iter().enumerate() {
        if args.iter().any(|arg| arg == program.name) || args.is_empty() && index == 0 {
            measure(program, &folder.join(program.name))?;
        }
    }
    Ok(())
}

fn measure(program: &Program, folder: &Path) -> Result {
    write_package(program, folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let cargo = |args: &[&str]| {
        let mut command = cargo_command();
        command.args(args).current_dir(folder);
        command.env_remove("CARGO_TARGET_DIR");
        command
    };
    let name = program.name;
    // What is missing is fetched here, so that no build waits for it.
    status(&mut cargo(&["fetch", "--quiet"]))?;
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
        let program = folder.join("target").join(profile).join(name);
        let size =
            fs::metadata(&program).map_err(|error| format!("{}: {error}", program.display()))?;
        #[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
        let megabytes = size.len() as f64 / 1e6;
        println!("{name}: {megabytes:.1} MB stripped, as {profile}");
    }
    Ok(())
}

fn write_package(program: &Program, folder: &Path) -> std::io::Result<()> {
    let crates = root().join("crates").display().to_string();
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n\
         [profile.release]\nstrip = true\n\n[profile.small]\ninherits = \"release\"\n\
         lto = \"fat\"\ncodegen-units = 1\npanic = \"abort\"\n\n[workspace]\n",
        program.name,
        program.dependencies.replace("CRATES", &crates),
    );
    let main = format!(
        "#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {{{}\n    Ok(())\n}}\n",
        program.body
    );
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/main.rs"), main)?;
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
