//! The TLS configuration, created when the first https connection needs it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;

use super::roots::{Roots, RootsOrigin};
use super::verifier::Verifier;
use crate::blocking::spawn_blocking;
use crate::error::{Error, Result};

/// The settings of the TLS configuration, and the configuration itself once it was created.
///
/// Created lazily, because a short-lived process that uses plain http would otherwise spend most of its time
/// on root certificates.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Inner>);

struct Inner {
    ca_bundle: Vec<PathBuf>,
    http2: bool,
    made: OnceLock<Made>,
}

#[derive(Clone)]
struct Made {
    config: Arc<ClientConfig>,
    /// The same, for https proxies.
    proxy: Arc<ClientConfig>,
    origin: RootsOrigin,
}

impl Tls {
    pub(crate) fn new(ca_bundle: Vec<PathBuf>, http2: bool) -> Self {
        Self(Arc::new(Inner {
            ca_bundle,
            http2,
            made: OnceLock::new(),
        }))
    }

    /// Returns the configuration for connections to the Hub, with HTTP/2 where the server offers it.
    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>> {
        Ok(self.made().await?.config)
    }

    /// Returns the configuration for connections to an https proxy, which speaks HTTP/1.1 `CONNECT`.
    pub(super) async fn proxy_config(&self) -> Result<Arc<ClientConfig>> {
        Ok(self.made().await?.proxy)
    }

    /// Returns where the root certificates came from, if they have been loaded.
    pub(super) fn roots_origin(&self) -> Option<RootsOrigin> {
        self.0.made.get().map(|made| made.origin)
    }

    async fn made(&self) -> Result<Made> {
        if let Some(made) = self.0.made.get() {
            return Ok(made.clone());
        }
        let inner = self.0.clone();
        // Reads several hundred files. Two concurrent first connections may both do so; the second result is
        // dropped.
        let made = spawn_blocking(move || inner.make()).await?;
        Ok(self.0.made.get_or_init(|| made).clone())
    }
}

impl Inner {
    fn make(&self) -> Result<Made> {
        let provider = provider()?;
        let roots = Roots::load(&self.ca_bundle)?;
        let origin = roots.origin;
        let verifier = Verifier::new(roots, provider.clone())?;
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| {
                Error::validation("the TLS backend lacks required algorithms").with_source(e)
            })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let proxy = Arc::new(config.clone());
        if self.http2 && cfg!(feature = "http2") {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        Ok(Made {
            config: Arc::new(config),
            proxy,
            origin,
        })
    }
}

// Without a TLS backend this fails.
#[cfg_attr(
    any(feature = "ring", feature = "aws-lc-rs"),
    allow(clippy::unnecessary_wraps)
)]
/// Returns the provider that the application installed, or else that of the enabled feature.
fn provider() -> Result<Arc<CryptoProvider>> {
    if let Some(provider) = CryptoProvider::get_default() {
        return Ok(provider.clone());
    }
    #[cfg(feature = "ring")]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    Err(
        Error::validation("https needs a TLS backend, and none was built in").with_hint(
            "build with the feature `ring` or `aws-lc-rs`, or install a rustls provider",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(feature = "ring", feature = "webpki-roots"))]
    #[tokio::test]
    async fn http2_is_offered_unless_switched_off() {
        for (http2, offered) in [(false, 1), (true, 1 + usize::from(cfg!(feature = "http2")))] {
            let tls = Tls::new(Vec::new(), http2);
            assert_eq!(
                tls.roots_origin(),
                None,
                "nothing is read before it is needed"
            );
            let config = tls.config().await.unwrap();
            assert_eq!(config.alpn_protocols.len(), offered);
            assert!(Arc::ptr_eq(&config, &tls.config().await.unwrap()));
            let proxy = tls.proxy_config().await.unwrap();
            assert_eq!(proxy.alpn_protocols, [b"http/1.1".to_vec()]);
        }
    }
}
