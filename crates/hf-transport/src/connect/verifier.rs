//! Verifies server certificates.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use super::roots::Roots;
use crate::digest::Sha256Hasher;
use crate::error::{Error, Result};

/// Wraps rustls' own verifier and additionally accepts a self-signed CA certificate that a server presents as
/// its own.
///
/// webpki refuses to accept a CA certificate as that of a server. But a person who sets `SSL_CERT_FILE` to
/// exactly this certificate has chosen to trust it, and OpenSSL accepts it. So a certificate that is byte for
/// byte a configured root is accepted if everything else is correct: the dates, the name, and the proof that
/// the server holds its key.
pub(super) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    configured: HashSet<[u8; 32]>,
}

impl Verifier {
    pub(super) fn new(roots: Roots, provider: Arc<CryptoProvider>) -> Result<Self> {
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots.store), provider)
            .build()
            .map_err(|error| {
                Error::validation("the root certificates cannot be used").with_source(error)
            })?;
        Ok(Self {
            inner,
            configured: roots.configured,
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            // webpki checks the dates before it checks the permitted usage, so the dates are known to be
            // valid here.
            Err(error)
                if webpki_error(&error) == Some(&webpki::Error::CaUsedAsEndEntity)
                    && self
                        .configured
                        .contains(&Sha256Hasher::digest(end_entity).to_bytes()) =>
            {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

/// Returns the webpki error inside a rustls error that has no variant of its own for it.
pub(super) fn webpki_error(error: &rustls::Error) -> Option<&webpki::Error> {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref(),
        _ => None,
    }
}
