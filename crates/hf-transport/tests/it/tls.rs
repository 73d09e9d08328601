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

use crate::support::{Server, serve, settled, text};

pub(crate) fn certs(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/certs")
        .join(name)
}

pub(crate) fn acceptor(protocols: &[&str]) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(certs("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(certs("server.key")).unwrap();
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

/// An https Hub that answers with the version of HTTP it was spoken to in, and whether it got a token.
pub(crate) async fn secure(protocols: &[&str]) -> Server {
    let acceptor = acceptor(protocols);
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
    assert!(error.hint().unwrap().contains("SSL_CERT_FILE"), "{error}");
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
