//! Any `tower::Service` can be the HTTP client: here one with scripted responses, as a test would
//! have it. No socket is opened; the rest of the stack works as always.

use std::convert::Infallible;

use hf_transport::{Body, Client, ErrorKind, Request, ResponseBody};
use tower::service_fn;

async fn scripted(
    request: http::Request<Body>,
) -> Result<http::Response<ResponseBody>, Infallible> {
    let answer = match (request.method().as_str(), request.uri().path()) {
        ("GET", "/api/models/gpt2") => http::Response::builder()
            .header("content-type", "application/json")
            .body(ResponseBody::from(r#"{"id":"openai-community/gpt2"}"#)),
        _ => http::Response::builder()
            .status(404)
            .header("x-error-code", "RepoNotFound")
            .body(ResponseBody::empty()),
    };
    Ok(answer.expect("the parts are legal"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> hf_transport::Result<()> {
    let client = Client::builder()
        .no_token()
        .service(service_fn(scripted))
        .build()?;

    let model: serde_json::Value = client
        .execute(Request::get("/api/models/gpt2"))
        .await?
        .json()
        .await?;
    println!("found {}", model["id"]);

    let error = client
        .execute(Request::get("/api/models/none"))
        .await
        .expect_err("there is none");
    assert_eq!(error.kind(), ErrorKind::RepositoryNotFound);
    println!("{error}");
    Ok(())
}
