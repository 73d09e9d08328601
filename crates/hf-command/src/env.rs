//! `hf env`.

use hf_api::HfApi;
use hf_auth::{TokenStore, git};
use serde_json::{Value, json};

use crate::failure::Done;
use crate::output::{Facts, Mode, Output, as_python, print};
use crate::{runtime, session};

/// Prints a report of the machine and the settings, to be pasted into a bug report. No secret is in it.
pub(crate) fn run(output: Output) -> Done {
    runtime::run(async {
        let facts = facts().await?;
        if output.mode == Mode::Json {
            return Ok(output.dict(&facts, None)?);
        }
        let lines = facts
            .iter()
            .map(|(name, value)| format!("- {name}: {}\n", as_python(value)));
        let lines: String = lines.collect::<Vec<_>>().concat();
        Ok(print(&format!(
            "\nCopy-and-paste the text below in your GitHub issue.\n\n{lines}\n"
        ))?)
    })
}

async fn facts() -> Result<Facts, crate::failure::Failure> {
    let client = session::client().await?;
    let config = client.config().clone();
    let store = TokenStore::from_config(&config);
    let mut facts = Facts::default();
    facts.set("hf version", env!("CARGO_PKG_VERSION"));
    facts.set(
        "Platform",
        format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
    );
    facts.set("Token path ?", config.token_path.to_string_lossy());
    facts.set("Has saved token ?", config.token_path.exists());
    if client.token().is_some() {
        // Without the network, the report is of use all the same.
        let me = HfApi::from_client(client.clone()).whoami().await;
        let name = me.map_or_else(|error| format!("unknown ({})", error.kind()), |me| me.name);
        facts.set("Who am I ?", name);
    }
    let helpers = git::credential_helpers(None).unwrap_or_default();
    facts.set("Configured git credential helpers", helpers.join(", "));
    facts.set("Installation method", "binary");
    facts.set("ENDPOINT", config.endpoint.as_str());
    let path = |path: &std::path::Path| json!(path.to_string_lossy());
    let settings: [(&str, Value); 15] = [
        ("HF_HUB_CACHE", path(&config.hub_cache)),
        ("HF_XET_CACHE", path(&config.xet_cache)),
        ("HF_TOKEN_PATH", path(&config.token_path)),
        ("HF_STORED_TOKENS_PATH", path(store.stored_path())),
        ("HF_HUB_OFFLINE", json!(config.offline)),
        (
            "HF_HUB_DISABLE_PROGRESS_BARS",
            json!(config.disable_progress_bars),
        ),
        ("HF_HUB_DISABLE_SYMLINKS", json!(config.disable_symlinks)),
        (
            "HF_HUB_DISABLE_IMPLICIT_TOKEN",
            json!(config.disable_implicit_token),
        ),
        ("HF_HUB_DISABLE_XET", json!(config.disable_xet)),
        (
            "HF_HUB_DISABLE_SHARED_BLOBS",
            json!(config.disable_shared_blobs),
        ),
        ("HF_HUB_ETAG_TIMEOUT", json!(config.etag_timeout.as_secs())),
        (
            "HF_HUB_DOWNLOAD_TIMEOUT",
            json!(config.download_timeout.as_secs()),
        ),
        ("HTTP_PROXY", proxy("http_proxy")),
        ("HTTPS_PROXY", proxy("https_proxy")),
        ("NO_PROXY", proxy("no_proxy")),
    ];
    for (name, value) in settings {
        facts.set(name, value);
    }
    Ok(facts)
}

/// A proxy may have a password in its URL.
fn proxy(name: &str) -> Value {
    let value = std::env::var(name).or_else(|_| std::env::var(name.to_uppercase()));
    let value = value.ok().filter(|value| !value.is_empty());
    json!(value.map(|url| match url.rsplit_once('@') {
        Some((_, host)) => format!("***@{host}"),
        None => url,
    }))
}
