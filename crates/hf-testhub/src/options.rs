//! The options of the commands `hf-testhub` and `hf testhub`.
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::blob::Blob;
use crate::hostile::{Behavior, Errors};
use crate::names::RepoType;
use crate::record::Listener;
use crate::store::Role;
use crate::test_hub::TestHub;

/// The options of a Hub that is started by a command, set in code or parsed from command line
/// arguments.
///
/// ```
/// use hf_testhub::HubOptions;
///
/// let words = ["--seed-models", "3", "--xet"].map(String::from);
/// let options = HubOptions::from_args(words)?;
/// let hub = options.start().expect("loopback has free ports");
/// assert!(options.describe(&hub).starts_with("HF_ENDPOINT=http://127.0.0.1:"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HubOptions {
    /// The port of the endpoint; 0 selects any free port.
    pub port: u16,
    /// The port of the storage; 0 selects any free port.
    pub storage_port: u16,
    /// The delay before each request is processed.
    pub latency: Duration,
    /// The bandwidth of each connection and direction in bytes per second; 0 means no limit.
    pub bandwidth: u64,
    /// Whether uploads are only hashed and not kept.
    pub discard: bool,
    /// Whether uploads are only counted and not hashed.
    pub trust: bool,
    /// Whether small files are served directly, without a 307 to the resolve cache.
    pub direct: bool,
    /// Whether repositories store their large files in Xet.
    pub xet: bool,
    /// Another content store behind the Hub: its URL, and the directory of its shards.
    pub store: Option<(String, PathBuf)>,
    /// The size in bytes from which on files are large.
    pub lfs_threshold: Option<u64>,
    /// The size in bytes above which uploads use several parts.
    pub multipart: Option<u64>,
    /// The size of a part in bytes.
    pub part_size: Option<u64>,
    /// The number of models to create.
    pub models: usize,
    /// The number of 1 KB files in the model `user/files`.
    pub files: usize,
    /// The size of `model.safetensors` in the model `user/blob`, in bytes.
    pub blob: u64,
    /// The number of safetensors files in the model `user/sharded`.
    pub shards: usize,
    /// The maximum number of files in a preupload request.
    pub preupload_limit: Option<usize>,
    /// Refuses every `n`th request with 429 and `Retry-After: 1`; 0 refuses none.
    pub refuse_every: u64,
}

impl HubOptions {
    /// The help text: one option per line.
    pub const HELP: &str = "\
  --port N             port of the endpoint (default: any free one)
  --storage-port N     port of the storage (default: any free one)
  --latency MS         milliseconds before each request is looked at
  --bandwidth BYTES    bytes per second of each connection and direction
  --discard            hash uploads without keeping them
  --trust              count uploads without hashing them
  --xet                store large files of repositories in Xet
  --store URL DIR      put another content store behind the Hub, which keeps its shards in DIR
  --direct             serve small files directly, not by 307 to the resolve cache
  --lfs-threshold N    files from this size on are large
  --multipart N        uploads larger than this go in parts...
  --part-size N        ...of this size
  --preupload-limit N  the most files that a preupload request may name
  --seed-models N      creates N models
  --seed-files N       creates the model user/files with N files of 1 KB
  --seed-blob N        creates the model user/blob with model.safetensors of N bytes
  --seed-shards N      creates the model user/sharded with N safetensors files and their index
  --refuse-every N     refuses every Nth request with 429 and `Retry-After: 1`
";

    /// Parses command line arguments.
    ///
    /// # Errors
    /// Returns the argument that is not an option, or the option that lacks a number.
    pub fn from_args(words: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            let mut number = || {
                let value = words
                    .next()
                    .ok_or_else(|| format!("{name} needs a number"))?;
                value
                    .parse::<u64>()
                    .map_err(|_| format!("{name} needs a number, not {value:?}"))
            };
            match name.as_str() {
                "--discard" => options.discard = true,
                "--trust" => options.trust = true,
                "--store" => {
                    let (url, folder) = words
                        .next()
                        .zip(words.next())
                        .ok_or("--store needs a URL and a folder")?;
                    options.store = Some((url, folder.into()));
                }
                "--direct" => options.direct = true,
                "--xet" => options.xet = true,
                "--port" => options.port = narrow(&name, number()?)?,
                "--storage-port" => options.storage_port = narrow(&name, number()?)?,
                "--latency" => options.latency = Duration::from_millis(number()?),
                "--bandwidth" => options.bandwidth = number()?,
                "--lfs-threshold" => options.lfs_threshold = Some(number()?),
                "--multipart" => options.multipart = Some(number()?),
                "--part-size" => options.part_size = Some(number()?),
                "--preupload-limit" => options.preupload_limit = Some(narrow(&name, number()?)?),
                "--seed-models" => options.models = narrow(&name, number()?)?,
                "--seed-files" => options.files = narrow(&name, number()?)?,
                "--seed-blob" => options.blob = number()?,
                "--seed-shards" => options.shards = narrow(&name, number()?)?,
                "--refuse-every" => options.refuse_every = number()?,
                other => return Err(format!("unknown option {other:?}; see --help")),
            }
        }
        Ok(options)
    }

    /// Starts a Hub with these options.
    ///
    /// # Errors
    /// Returns an error if a port is in use.
    pub fn start(&self) -> io::Result<TestHub> {
        let hub = TestHub::start_on(self.port, self.storage_port)?;
        // A Hub started by a command may run for days.
        hub.record_at_most(100);
        hub.set_bandwidth(self.bandwidth);
        hub.keep_uploads(!self.discard);
        hub.hash_uploads(!self.trust);
        hub.set_resolve_cache(!self.direct);
        hub.set_xet(self.xet);
        if let Some((url, shards)) = &self.store {
            hub.xet().set_external_store(url, shards);
        }
        if let Some(bytes) = self.lfs_threshold {
            hub.set_lfs_threshold(bytes);
        }
        if self.multipart.is_some() || self.part_size.is_some() {
            hub.set_multipart(
                self.multipart.unwrap_or(5 << 30),
                self.part_size.unwrap_or(64 << 20),
            );
        }
        if let Some(files) = self.preupload_limit {
            hub.set_preupload_limit(files);
        }
        hub.seed_models(self.models);
        if self.files > 0 {
            let repo = hub.create_repo(RepoType::Model, "user/files");
            hub.seed_files(&repo, self.files, 1024);
        }
        if self.blob > 0 {
            let repo = hub.create_repo(RepoType::Model, "user/blob");
            hub.add_file(&repo, "model.safetensors", Blob::synthetic(1, self.blob));
        }
        if self.shards > 0 {
            let repo = hub.create_repo(RepoType::Model, "user/sharded");
            hub.seed_shards(&repo, self.shards);
        }
        if self.refuse_every > 0 {
            let refusal = Errors::every(self.refuse_every, 429).retry_after("1");
            hub.set_behavior(Listener::Hub, Behavior::new().errors(refusal));
        }
        hub.set_latency(self.latency);
        Ok(hub)
    }

    /// Returns the URLs and tokens of a Hub as shell assignments, one `NAME=value` per line; the
    /// last one is `STORAGE`.
    ///
    /// Adds the user `other` to the Hub, whose token is included.
    pub fn describe(&self, hub: &TestHub) -> String {
        let mut text = String::new();
        for (name, value) in [
            ("HF_ENDPOINT", hub.endpoint()),
            ("HF_TOKEN", hub.token().to_owned()),
            ("READ_TOKEN", hub.read_token().to_owned()),
            ("OTHER_TOKEN", hub.create_user("other", Role::Write)),
            (
                "HF_INFERENCE_ENDPOINTS_ENDPOINT",
                hub.inference_endpoints_url(),
            ),
            ("HF_INFERENCE_CATALOG_ENDPOINT", hub.inference_catalog_url()),
            ("HF_DATASETS_SERVER_ENDPOINT", hub.datasets_server_url()),
            ("CAS", hub.cas_endpoint()),
            ("BRIDGE", hub.bridge_endpoint()),
            ("STORAGE", hub.storage_endpoint()),
        ] {
            let _ = writeln!(text, "{name}={value}");
        }
        text
    }
}

fn narrow<T: TryFrom<u64>>(name: &str, value: u64) -> Result<T, String> {
    T::try_from(value).map_err(|_| format!("{name} {value} is too large"))
}
