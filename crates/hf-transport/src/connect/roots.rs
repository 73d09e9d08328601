//! The root certificates that servers are verified against.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::digest::Sha256Hasher;
use crate::error::{Error, Result};

/// The root certificates, and where they came from.
pub(super) struct Roots {
    pub(super) store: RootCertStore,
    /// SHA-256 digests of the certificates that a person configured, here or in the platform's store. A
    /// server may present one of these as its own.
    pub(super) configured: HashSet<[u8; 32]>,
    pub(super) origin: RootsOrigin,
}

/// The source of the root certificates, for error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RootsOrigin {
    /// `SSL_CERT_FILE` or a similar variable, or `ClientBuilder::ca_bundle`.
    Bundle,
    Platform,
    /// Mozilla's list, compiled in.
    #[cfg_attr(not(feature = "webpki-roots"), allow(dead_code))]
    Bundled,
}

impl Roots {
    /// Reads the given files and folders of PEM certificates. Without any, reads the platform's store; if
    /// that is empty, uses the bundled root certificates. Blocks.
    pub(super) fn load(bundles: &[PathBuf]) -> Result<Self> {
        if bundles.is_empty() {
            Self::from_platform(platform_store())
        } else {
            Self::from_bundles(bundles)
        }
    }

    fn empty(origin: RootsOrigin) -> Self {
        Self {
            store: RootCertStore::empty(),
            configured: HashSet::new(),
            origin,
        }
    }

    fn add(&mut self, certificate: CertificateDer<'_>) {
        let digest = Sha256Hasher::digest(&certificate).to_bytes();
        // Bundles contain old certificates that rustls rejects; the others are still used.
        if !self.configured.contains(&digest) && self.store.add(certificate).is_ok() {
            self.configured.insert(digest);
        }
    }

    fn from_bundles(bundles: &[PathBuf]) -> Result<Self> {
        let mut roots = Self::empty(RootsOrigin::Bundle);
        for path in bundles {
            match std::fs::read_dir(path) {
                Ok(entries) => {
                    for entry in entries.flatten() {
                        // As in OpenSSL, files in a folder that are not readable certificates are ignored.
                        let Ok(pem) = std::fs::read(entry.path()) else {
                            continue;
                        };
                        for certificate in CertificateDer::pem_slice_iter(&pem).flatten() {
                            roots.add(certificate);
                        }
                    }
                }
                // One of the folders in SSL_CERT_DIR may not exist.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && bundles.len() > 1 => {
                }
                Err(_) => roots.add_file(path)?,
            }
        }
        if roots.store.is_empty() {
            let names: Vec<_> = bundles.iter().map(|path| path.to_string_lossy()).collect();
            return Err(refuse(&names.join(", "), "it holds no usable certificate"));
        }
        Ok(roots)
    }

    fn add_file(&mut self, path: &Path) -> Result<()> {
        let pem = std::fs::read(path).map_err(|error| {
            Error::io(format_args!("cannot read CA bundle {}", path.display()), error)
                .with_hint("SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or `ca_bundle` names it")
        })?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate
                .map_err(|error| refuse(&path.to_string_lossy(), &format!("{error:?}")))?;
            self.add(certificate);
        }
        Ok(())
    }

    #[cfg_attr(not(feature = "webpki-roots"), allow(unused_mut))]
    fn from_platform(store: Vec<CertificateDer<'static>>) -> Result<Self> {
        let mut roots = Self::empty(RootsOrigin::Platform);
        for certificate in store {
            roots.add(certificate);
        }
        #[cfg(feature = "webpki-roots")]
        if roots.store.is_empty() {
            roots.origin = RootsOrigin::Bundled;
            roots
                .store
                .extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        if roots.store.is_empty() {
            return Err(Error::validation(
                "there are no root certificates to verify servers with",
            )
            .with_hint(
                "install the system's CA certificates (package `ca-certificates`), set SSL_CERT_FILE to a PEM file of \
                 them, or build with the feature `webpki-roots`",
            ));
        }
        Ok(roots)
    }
}

fn refuse(path: &str, why: &str) -> Error {
    Error::validation(format!("CA bundle {path}: {why}"))
        .with_hint("it has to be a PEM file of certificates, or a folder of such files")
}

/// Returns the certificates that the operating system trusts. Unreadable ones are skipped.
fn platform_store() -> Vec<CertificateDer<'static>> {
    #[cfg(feature = "native-roots")]
    {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::debug!(%error, "a certificate of the platform's store was left out");
        }
        found.certs
    }
    #[cfg(not(feature = "native-roots"))]
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn certs(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it/certs")
            .join(name)
    }

    #[test]
    fn bundles_are_files_or_folders_and_replace_everything() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(certs("ca.pem"), folder.path().join("0a1b2c3d.0")).unwrap();
        std::fs::copy(certs("ca.pem"), folder.path().join("again.pem")).unwrap();
        std::fs::write(folder.path().join("README"), "no certificate").unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let missing = folder.path().join("missing");
        for bundles in [
            vec![certs("ca.pem")],
            vec![folder.path().to_owned()],
            vec![missing, folder.path().to_owned()],
        ] {
            let roots = Roots::load(&bundles).unwrap();
            assert_eq!((roots.store.len(), roots.configured.len()), (1, 1));
            assert_eq!(roots.origin, RootsOrigin::Bundle);
        }
    }

    #[test]
    fn a_wrong_bundle_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "no certificate").unwrap();
        let empty = folder.path().join("empty");
        std::fs::create_dir(&empty).unwrap();
        for (path, kind) in [
            (file, ErrorKind::Validation),
            (empty, ErrorKind::Validation),
            (folder.path().join("none"), ErrorKind::FileNotFound),
        ] {
            let error = Roots::load(std::slice::from_ref(&path)).err().unwrap();
            assert_eq!(error.kind(), kind);
            assert!(error.to_string().contains(path.to_str().unwrap()));
            assert!(error.hint().is_some());
        }
    }

    /// The platform's store reads what `update-ca-certificates` writes.
    #[test]
    fn the_platforms_store_counts_alone_and_the_bundled_roots_where_it_is_empty() {
        let ca = CertificateDer::from_pem_file(certs("ca.pem")).unwrap();
        let roots = Roots::from_platform(vec![ca.clone(), ca]).unwrap();
        assert_eq!(
            (roots.store.len(), roots.origin),
            (1, RootsOrigin::Platform)
        );
        let none = Roots::from_platform(Vec::new());
        if cfg!(feature = "webpki-roots") {
            let roots = none.unwrap();
            assert!(roots.store.len() > 50 && roots.configured.is_empty());
            assert_eq!(roots.origin, RootsOrigin::Bundled);
        } else {
            assert!(
                none.err()
                    .unwrap()
                    .hint()
                    .unwrap()
                    .contains("SSL_CERT_FILE")
            );
        }
    }
}
