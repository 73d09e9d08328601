//! A client that only fetches what must be fetched.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy::Client as Bare;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::{FILES, Failure};

/// Requests under way at once; as many as ours.
const WORKERS: usize = 32;

type BareClient = Bare<HttpConnector, Empty<Bytes>>;

async fn get(
    client: &BareClient,
    endpoint: &str,
    target: &str,
) -> Result<http::Response<hyper::body::Incoming>, Failure> {
    let mut url = format!("{endpoint}{target}");
    loop {
        let answer = client.get(url.parse()?).await?;
        let Some(location) = answer.headers().get("location") else {
            return Ok(answer);
        };
        let location = location.to_str()?.to_owned();
        answer.into_body().collect().await?;
        url = if location.starts_with('/') {
            format!("{endpoint}{location}")
        } else {
            location
        };
    }
}

/// Fetches what must be fetched and writes it; no check, no link, no resume.
pub(crate) async fn download(
    endpoint: &str,
    folder: &Path,
    file: Option<&str>,
) -> Result<(), Failure> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: BareClient = Bare::builder(TokioExecutor::new()).build(connector);
    std::fs::create_dir_all(folder)?;
    if let Some(file) = file {
        let path = folder.join(file);
        let head = client
            .request(
                http::Request::head(format!("{endpoint}/user/blob/resolve/main/{file}"))
                    .body(Empty::new())?,
            )
            .await?;
        if path.exists() {
            return Ok(());
        }
        drop(head);
        let mut body = get(
            &client,
            endpoint,
            &format!("/user/blob/resolve/main/{file}"),
        )
        .await?
        .into_body();
        let mut out = std::fs::File::create(path)?;
        while let Some(frame) = body.frame().await {
            if let Ok(bytes) = frame?.into_data() {
                out.write_all(&bytes)?;
            }
        }
        return Ok(());
    }
    let revision: serde_json::Value = {
        let body = get(&client, endpoint, "/api/models/user/files/revision/main")
            .await?
            .into_body();
        serde_json::from_slice(&body.collect().await?.to_bytes())?
    };
    let sha = revision["sha"].as_str().ok_or("no commit")?.to_owned();
    let list = folder.join("list");
    if let Ok(known) = std::fs::read_to_string(&list)
        && known.lines().all(|name| folder.join(name).exists())
    {
        return Ok(());
    }
    let mut names = Vec::new();
    let mut target = Some(format!(
        "/api/models/user/files/tree/{sha}?recursive=true&expand=false"
    ));
    while let Some(page) = target.take() {
        let answer = get(&client, endpoint, &page).await?;
        let next = answer.headers().get("link").and_then(|l| l.to_str().ok());
        target = next.and_then(|l| {
            Some(
                l.split_once('>')?
                    .0
                    .trim_start_matches('<')
                    .trim_start_matches(endpoint)
                    .to_owned(),
            )
        });
        let entries: Vec<serde_json::Value> =
            serde_json::from_slice(&answer.into_body().collect().await?.to_bytes())?;
        names.extend(
            entries
                .iter()
                .filter(|e| e["type"] == "file")
                .filter_map(|e| e["path"].as_str().map(str::to_owned)),
        );
    }
    assert!(names.len() >= FILES);
    let flat: Vec<PathBuf> = names
        .iter()
        .map(|n| folder.join(n.replace('/', "_")))
        .collect();
    std::fs::write(
        &list,
        names
            .iter()
            .map(|n| n.replace('/', "_") + "\n")
            .collect::<String>(),
    )?;
    let (names, flat, next) = (
        Arc::new(names),
        Arc::new(flat),
        Arc::new(AtomicUsize::new(0)),
    );
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..WORKERS {
        let (client, endpoint, sha) = (client.clone(), endpoint.to_owned(), sha.clone());
        let (names, flat, next) = (names.clone(), flat.clone(), next.clone());
        workers.spawn(async move {
            loop {
                let i = next.fetch_add(1, Ordering::Relaxed);
                let Some(name) = names.get(i) else {
                    return Ok::<_, Failure>(());
                };
                let answer = get(
                    &client,
                    &endpoint,
                    &format!("/user/files/resolve/{sha}/{name}"),
                )
                .await?;
                std::fs::write(&flat[i], answer.into_body().collect().await?.to_bytes())?;
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    Ok(())
}
