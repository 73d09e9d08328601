//! `hf-testhub`: an embedded Hub as a command. Prints where it is, and runs until it is stopped.
use std::process::ExitCode;
use std::time::Duration;

use hf_testhub::{Blob, RepoType, Role, TestHub};

const HELP: &str = "\
Usage: hf-testhub [OPTIONS]

Runs a Hub on loopback and prints, as NAME=value lines, HF_ENDPOINT, HF_TOKEN,
READ_TOKEN (may not write), OTHER_TOKEN (of another user, `other`) and STORAGE.

  --port N             port of the endpoint (default: any free one)
  --storage-port N     port of the storage (default: any free one)
  --latency MS         milliseconds before each request is looked at
  --bandwidth BYTES    bytes per second of each connection and direction
  --discard            hash uploads without keeping them
  --trust              count uploads without hashing them
  --xet                name Xet hashes in lists and redirects
  --direct             answer small files directly, not by 307 to the resolve cache
  --lfs-threshold N    files from this size on are large
  --multipart N        uploads larger than this go in parts...
  --part-size N        ...of this size
  --seed-models N      creates N models
  --seed-files N       creates the model user/files with N files of 1 KB
  --seed-blob N        creates the model user/blob with model.safetensors of N bytes
";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("hf-testhub: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Options {
    port: u16,
    storage_port: u16,
    latency: u64,
    bandwidth: u64,
    discard: bool,
    trust: bool,
    direct: bool,
    xet: bool,
    lfs_threshold: Option<u64>,
    multipart: Option<u64>,
    part_size: Option<u64>,
    models: usize,
    files: usize,
    blob: u64,
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let mut options = Options::default();
    while let Some(name) = arguments.next() {
        let mut number = || {
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} needs a number"))?;
            value
                .parse::<u64>()
                .map_err(|_| format!("{name} needs a number, not {value:?}"))
        };
        match name.as_str() {
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            "--discard" => options.discard = true,
            "--trust" => options.trust = true,
            "--direct" => options.direct = true,
            "--xet" => options.xet = true,
            "--port" => options.port = narrow(&name, number()?)?,
            "--storage-port" => options.storage_port = narrow(&name, number()?)?,
            "--latency" => options.latency = number()?,
            "--bandwidth" => options.bandwidth = number()?,
            "--lfs-threshold" => options.lfs_threshold = Some(number()?),
            "--multipart" => options.multipart = Some(number()?),
            "--part-size" => options.part_size = Some(number()?),
            "--seed-models" => options.models = narrow(&name, number()?)?,
            "--seed-files" => options.files = narrow(&name, number()?)?,
            "--seed-blob" => options.blob = number()?,
            other => return Err(format!("unknown option {other:?}; see --help")),
        }
    }
    serve(&options)
}

fn narrow<T: TryFrom<u64>>(name: &str, value: u64) -> Result<T, String> {
    T::try_from(value).map_err(|_| format!("{name} {value} is too large"))
}

fn serve(options: &Options) -> Result<(), String> {
    let hub =
        TestHub::start_on(options.port, options.storage_port).map_err(|error| error.to_string())?;
    hub.record_at_most(100);
    let other = hub.create_user("other", Role::Write);
    hub.set_bandwidth(options.bandwidth);
    hub.keep_uploads(!options.discard);
    hub.hash_uploads(!options.trust);
    hub.set_resolve_cache(!options.direct);
    hub.set_xet_headers(options.xet);
    if let Some(bytes) = options.lfs_threshold {
        hub.set_lfs_threshold(bytes);
    }
    if options.multipart.is_some() || options.part_size.is_some() {
        hub.set_multipart(
            options.multipart.unwrap_or(5 << 30),
            options.part_size.unwrap_or(64 << 20),
        );
    }
    hub.seed_models(options.models);
    if options.files > 0 {
        let repo = hub.create_repo(RepoType::Model, "user/files");
        hub.seed_files(&repo, options.files, 1024);
    }
    if options.blob > 0 {
        let repo = hub.create_repo(RepoType::Model, "user/blob");
        hub.add_file(&repo, "model.safetensors", Blob::synthetic(1, options.blob));
    }
    hub.set_latency(Duration::from_millis(options.latency));

    println!("HF_ENDPOINT={}", hub.endpoint());
    println!("HF_TOKEN={}", hub.token());
    println!("READ_TOKEN={}", hub.read_token());
    println!("OTHER_TOKEN={other}");
    println!("STORAGE={}", hub.storage_endpoint());
    loop {
        std::thread::park();
    }
}
