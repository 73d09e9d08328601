//! TLS: which HTTP is spoken over it, and who is trusted.

use std::path::PathBuf;
use std::sync::Arc;

use hf_transport::{Client, Config, ErrorKind, Request, RetryConfig, Retryability};
use http::Version;
use hyper_util::rt::TokioIo;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::support::{Server, serve, settled, text};

pub(crate) fn certs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/certs")
        .join(name)
}

pub(crate) fn acceptor(protocols: &[&str]) -> TlsAcceptor {
    acceptor_of("server", protocols)
}

fn acceptor_of(name: &str, protocols: &[&str]) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(certs(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(certs(&format!("{name}.key"))).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    TlsAcceptor::from(Arc::new(config))
}

/// An acceptor that does not look at its own certificate.
fn unchecked(certificate: &str, key: &str) -> TlsAcceptor {
    let mut chain = CertificateDer::pem_file_iter(certs(certificate)).unwrap();
    let certificate = chain.next().unwrap().unwrap();
    let key = PrivateKeyDer::from_pem_file(certs(key)).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let key = provider.key_provider.load_private_key(key).unwrap();
    let pair = CertifiedKey::new(vec![certificate], key);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
    TlsAcceptor::from(Arc::new(config))
}

/// An https Hub that responds with the HTTP version of the request, and whether it carried a token.
pub(crate) async fn secure(protocols: &[&str]) -> Server {
    secure_with(acceptor(protocols)).await
}

async fn secure_with(acceptor: TlsAcceptor) -> Server {
    Server::raw(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            serve(TokioIo::new(stream), |request| {
                let token = request.headers().contains_key("authorization");
                let proxied = request.headers().contains_key("proxy-authorization");
                text(format!("{:?} {token} {proxied}", request.version()))
            })
            .await;
        }
    })
    .await
}

pub(crate) fn https(server: &Server) -> String {
    format!("https://localhost:{}", server.address.port())
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it() {
    for (offered, http1_only, spoken) in [
        (&["h2", "http/1.1"][..], false, Version::HTTP_2),
        (&["h2", "http/1.1"], true, Version::HTTP_11),
        (&["http/1.1"], false, Version::HTTP_11),
        (&[], false, Version::HTTP_11),
    ] {
        let server = secure(offered).await;
        let client = settled()
            .endpoint(https(&server))
            .token("hf_x")
            .ca_bundle(certs("ca.pem"))
            .http1_only(http1_only)
            .build()
            .unwrap();
        for _ in 0..2 {
            let response = client.fetch(Request::get("/x")).await.unwrap();
            assert_eq!(
                response.text(),
                format!("{spoken:?} true false"),
                "{offered:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_a_clear_error() {
    let server = secure(&["http/1.1"]).await;
    let client = settled().endpoint(https(&server)).build().unwrap();
    let error = client.execute(Request::get("/x")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), error.retryability()),
        (ErrorKind::Network, 1, Retryability::Never)
    );
    for way_out in ["SSL_CERT_FILE", "ca_bundle", "system's certificate store"] {
        assert!(error.hint().unwrap().contains(way_out), "{error}");
    }
    // A name the certificate is not for.
    let url = format!("https://127.0.0.2:{}", server.address.port());
    let client = settled()
        .endpoint(url)
        .ca_bundle(certs("ca.pem"))
        .retry(RetryConfig::none());
    let error = client
        .build()
        .unwrap()
        .execute(Request::get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    // Plain http where https is expected.
    let plain = Server::http(|_| text("x")).await;
    let client = settled()
        .endpoint(https(&plain))
        .ca_bundle(certs("ca.pem"))
        .retry(RetryConfig::none());
    let error = client
        .build()
        .unwrap()
        .execute(Request::get("/x"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    // A bundle that is none.
    let client = settled()
        .endpoint(https(&plain))
        .ca_bundle(certs("server.key"));
    let error = client
        .build()
        .unwrap()
        .execute(Request::get("/x"))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Validation, 1));
    assert!(error.to_string().contains("CA bundle"), "{error}");
}

/// A file of certificates by each of the variables, over a connection that only it makes possible.
#[tokio::test]
async fn the_environment_names_whom_to_trust() {
    let server = secure(&["http/1.1"]).await;
    let ca = certs("ca.pem").display().to_string();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(certs("ca.pem"), folder.path().join("0a1b2c3d.0")).unwrap();
    let other = certs("server.key").display().to_string();
    let client = |variables: Vec<(&'static str, String)>| {
        let config = Config::from_lookup(|name| match name {
            "HF_HOME" => Some("/nonexistent".to_owned()),
            _ => variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value.clone()),
        });
        Client::builder()
            .config(config.unwrap())
            .endpoint(https(&server))
            .retry(RetryConfig::none())
    };
    let trusted = [
        client(vec![("SSL_CERT_FILE", ca.clone())]),
        client(vec![("REQUESTS_CA_BUNDLE", ca.clone())]),
        client(vec![("CURL_CA_BUNDLE", ca.clone())]),
        client(vec![("SSL_CERT_DIR", folder.path().display().to_string())]),
        client(vec![(
            "REQUESTS_CA_BUNDLE",
            folder.path().display().to_string(),
        )]),
        client(vec![
            ("REQUESTS_CA_BUNDLE", other.clone()),
            ("SSL_CERT_FILE", ca.clone()),
        ]),
        client(vec![("SSL_CERT_FILE", other.clone())]).ca_bundle(&ca),
    ];
    for builder in trusted {
        let response = builder.build().unwrap().fetch(Request::get("/x")).await;
        assert_eq!(response.unwrap().text(), "HTTP/1.1 false false");
    }
    for (variables, kind) in [
        (vec![], ErrorKind::Network),
        (vec![("SSL_CERT_FILE", other)], ErrorKind::Validation),
        (
            vec![("SSL_CERT_FILE", "/none.pem".to_owned())],
            ErrorKind::FileNotFound,
        ),
    ] {
        let client = client(variables).build().unwrap();
        let error = client.fetch(Request::get("/x")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

/// A person who trusts exactly this certificate is believed, as by OpenSSL; the name and the key still count.
#[tokio::test]
async fn a_self_signed_certificate_is_trusted_where_it_is_configured_itself() {
    let server = secure_with(acceptor_of("self", &["http/1.1"])).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(certs("self.pem"), folder.path().join("hub.crt")).unwrap();
    for trusted in [certs("self.pem"), folder.path().to_owned()] {
        let client = settled().endpoint(https(&server)).ca_bundle(trusted);
        let response = client.build().unwrap().fetch(Request::get("/x")).await;
        assert_eq!(response.unwrap().text(), "HTTP/1.1 false false");
    }
    let other_name = format!("https://127.0.0.1:{}", server.address.port());
    for (endpoint, ca, why, hint) in [
        (
            https(&server),
            "ca.pem",
            "CaUsedAsEndEntity",
            "exactly this certificate",
        ),
        (other_name, "self.pem", "not valid for name", "host name"),
    ] {
        let client = settled().endpoint(endpoint).ca_bundle(certs(ca));
        let error = client.build().unwrap().fetch(Request::get("/x")).await;
        let error = error.unwrap_err();
        assert_eq!(
            (error.attempts(), error.retryability()),
            (1, Retryability::Never)
        );
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{error}");
    }
    // Another server that has the certificate, but not its key.
    let thief = secure_with(unchecked("self.pem", "server.key")).await;
    let client = settled()
        .endpoint(https(&thief))
        .ca_bundle(certs("self.pem"));
    let error = client.build().unwrap().fetch(Request::get("/x")).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Network);
}

#[tokio::test]
async fn a_certificate_of_version_1_is_refused_with_what_to_do() {
    let server = secure_with(unchecked("v1.pem", "v1.key")).await;
    let client = settled()
        .endpoint(https(&server))
        .ca_bundle(certs("v1.pem"));
    let error = client.build().unwrap().fetch(Request::get("/x")).await;
    let error = error.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(error.hint().unwrap().contains("subjectAltName"), "{error}");
}
