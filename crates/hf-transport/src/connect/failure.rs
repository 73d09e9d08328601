//! Converts the failure of a connection into an error.

use rustls::CertificateError;

use super::roots::RootsOrigin;
use super::verifier::webpki_error;
use crate::error::{BoxError, Error, Retryability, chain, display_chain};

/// Converts the failure to connect to `host` into an error. Errors of this crate are returned unchanged.
///
/// No request was sent, so another attempt is safe. A certificate that is not trusted is not retried, because
/// the result would be the same.
pub(super) fn connect_error(host: &str, error: BoxError, origin: Option<RootsOrigin>) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(known) => return *known,
        Err(other) => other,
    };
    // The error may be wrapped, by the user's connector or by hyper's connector around our resolver.
    let known = chain(error.as_ref()).find_map(|cause| cause.downcast_ref::<Error>());
    if let Some(known) = known.cloned() {
        return known.with_source(error);
    }
    let failure = |why: &str| Error::network(format!("cannot connect to {host}: {why}"));
    let failure = match chain(error.as_ref()).find_map(tls_error) {
        Some(tls @ rustls::Error::InvalidCertificate(why)) => failure(&tls.to_string())
            .with_retryability(Retryability::Never)
            .with_hint(certificate_hint(tls, why, origin)),
        Some(
            tls @ (rustls::Error::NoCertificatesPresented | rustls::Error::PeerIncompatible(_)),
        ) => failure(&tls.to_string()).with_retryability(Retryability::Never),
        _ => failure(&display_chain(error.as_ref()))
            .with_retryability(Retryability::Always)
            .with_hint("check the network, the endpoint (HF_ENDPOINT) and the proxy settings"),
    };
    failure.with_source(error)
}

fn certificate_hint(
    error: &rustls::Error,
    why: &CertificateError,
    origin: Option<RootsOrigin>,
) -> &'static str {
    match webpki_error(error) {
        Some(webpki::Error::CaUsedAsEndEntity) => {
            return "the server presents a CA certificate as its own; to trust it, put exactly this certificate \
                    into the file that SSL_CERT_FILE (or `ca_bundle`) names";
        }
        Some(webpki::Error::UnsupportedCertVersion) => {
            return "the server's certificate has X.509 version 1, which cannot name its hosts; issue one of version 3, \
                    with `openssl req -x509 -addext subjectAltName=DNS:HOST ...`";
        }
        _ => {}
    }
    match why {
        CertificateError::UnknownIssuer => match origin {
            Some(RootsOrigin::Bundle) => {
                "the CA that signed it is not among the certificates that SSL_CERT_FILE, SSL_CERT_DIR, \
                 REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or `ca_bundle` name: add it there"
            }
            Some(RootsOrigin::Platform) => {
                "if a company proxy or a private CA signed it, install that CA in the system's certificate store, or \
                 set SSL_CERT_FILE (in code: `ca_bundle`) to a PEM file with it"
            }
            _ => {
                "if a company proxy or a private CA signed it, set SSL_CERT_FILE (in code: `ca_bundle`) to a PEM file \
                 with that CA, or install it in the system's certificate store, which counts if this program is built \
                 with the feature `native-roots`"
            }
        },
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "check the clock of this machine; if it is correct, the server needs a new certificate"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use a host name that the certificate is for, or give the server a certificate for this one"
        }
        _ => {
            "the server needs another certificate; SSL_CERT_FILE or `ca_bundle` name the CAs that are trusted"
        }
    }
}

/// rustls hides its errors inside `io::Error`s, which expose them through `get_ref`, not as a source.
fn tls_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    if let Some(error) = cause.downcast_ref() {
        return Some(error);
    }
    let mut inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    loop {
        if let Some(error) = inner.downcast_ref() {
            return Some(error);
        }
        inner = inner.downcast_ref::<std::io::Error>()?.get_ref()?;
    }
}
