//! The TLS configuration, made when the first https connection needs it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::error::{Error, Result};

/// What the configuration is made from, and the configuration once it is made.
///
/// Most of a short process over plain http would be spent on roots that it never needs.
pub(crate) struct Tls {
    ca_bundle: Option<PathBuf>,
    http2: bool,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(ca_bundle: Option<PathBuf>, http2: bool) -> Self {
        Self {
            ca_bundle,
            http2,
            config: OnceLock::new(),
        }
    }

    /// For connections to the Hub: HTTP/2 where the server offers it.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        // Two first connections may both make one; the second is dropped.
        let config = Arc::new(self.make()?);
        Ok(self.config.get_or_init(|| config).clone())
    }

    /// For connections to an https proxy, which speaks HTTP/1.1 `CONNECT`.
    pub(crate) fn proxy_config(&self) -> Result<Arc<ClientConfig>> {
        let mut config = (*self.config()?).clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn make(&self) -> Result<ClientConfig> {
        let mut config = ClientConfig::builder_with_provider(provider()?)
            .with_safe_default_protocol_versions()
            .map_err(|e| Error::validation("the TLS backend lacks what TLS needs").with_source(e))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        if self.http2 && cfg!(feature = "http2") {
            config.alpn_protocols.push(b"h2".to_vec());
        }
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(config)
    }

    fn roots(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = &self.ca_bundle {
            let refuse = |why: &str| {
                Error::validation(format!("CA bundle {}: {why}", path.display()))
                    .with_hint("it has to be a PEM file of certificates (see SSL_CERT_FILE)")
            };
            let pem = std::fs::read(path).map_err(|e| {
                Error::io(format_args!("cannot read CA bundle {}", path.display()), e)
            })?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|e| refuse(&format!("{e:?}")))?;
                // Bundles carry old certificates that rustls does not take; the others count.
                let _ = roots.add(certificate);
            }
            if roots.is_empty() {
                return Err(refuse("it holds no usable certificate"));
            }
            return Ok(roots);
        }
        #[cfg(feature = "webpki-roots")]
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        #[cfg(feature = "native-roots")]
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(Error::validation(
                "there are no root certificates to check servers against",
            )
            .with_hint(
                "set SSL_CERT_FILE, or build with the feature `webpki-roots` or `native-roots`",
            ));
        }
        Ok(roots)
    }
}

// Without a backend it fails.
#[cfg_attr(
    any(feature = "ring", feature = "aws-lc-rs"),
    allow(clippy::unnecessary_wraps)
)]
/// The application's own provider if it installed one, else the one of the enabled feature.
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
    use crate::error::ErrorKind;

    #[cfg(all(feature = "ring", feature = "webpki-roots"))]
    #[test]
    fn http2_is_offered_unless_told_not_to() {
        let names = |http2| {
            Tls::new(None, http2)
                .config()
                .unwrap()
                .alpn_protocols
                .clone()
        };
        assert_eq!(names(false), [b"http/1.1".to_vec()]);
        assert_eq!(names(true).len(), 1 + usize::from(cfg!(feature = "http2")));
        let tls = Tls::new(None, true);
        assert!(Arc::ptr_eq(&tls.config().unwrap(), &tls.config().unwrap()));
        assert_eq!(
            tls.proxy_config().unwrap().alpn_protocols,
            [b"http/1.1".to_vec()]
        );
    }

    #[cfg(feature = "ring")]
    #[test]
    fn a_wrong_bundle_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "no certificate").unwrap();
        for (path, kind) in [
            (file.clone(), ErrorKind::Validation),
            (folder.path().join("none"), ErrorKind::FileNotFound),
        ] {
            let error = Tls::new(Some(path.clone()), true).config().unwrap_err();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(path.to_str().unwrap()));
        }
    }
}
