//! Measures the store against a bare client on the embedded Hub: `cargo run --release -p hf-object-store --example speed`.
//!
//! Prints for each piece of work the time, the requests, and both for a bare client that knows the URLs already.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_api::Client;
use hf_api::transport::Request;
use hf_object_store::{CommitPolicy, HubStore, HubStoreBuilder};
use hf_testhub::{Blob, Op, RepoName, RepoType, TestHub};
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const READS: u64 = 1_000;
const FILES: u64 = 100;
const PART: u64 = 64 * 1024;
const AT_ONCE: usize = 16;

struct Bench {
    hub: TestHub,
    client: Client,
}

impl Bench {
    fn store(&self, dataset: &str) -> Result<HubStore> {
        let builder = HubStoreBuilder::new()
            .url(format!("hf://datasets/{dataset}"))
            .client(self.client.clone());
        Ok(builder.commits(CommitPolicy::gathered()).build()?)
    }

    fn report(&self, what: &str, who: &str, took: Duration) {
        let requests = self.hub.requests().len();
        let milliseconds = took.as_secs_f64() * 1_000.0;
        println!("{what:<32} {who:<14} {milliseconds:>9.0} ms {requests:>6} requests");
        self.hub.clear_requests();
    }

    async fn list(&self, entries: usize) -> Result {
        let name = self.hub.create_repo(RepoType::Dataset, "user/many");
        self.hub.seed_files(name, entries, 8);
        let store = self.store("user/many")?;
        store.commit().await?;
        self.hub.clear_requests();
        let started = Instant::now();
        let listed = store.list(Some(&Path::from("data"))).count().await;
        self.report(
            &format!("list {listed} entries"),
            "hf-object-store",
            started.elapsed(),
        );
        let started = Instant::now();
        let mut next = Some("/api/datasets/user/many/tree/main/data?recursive=true".to_owned());
        while let Some(url) = next.take() {
            let page = self.client.fetch(Request::get(url)).await?;
            let link = page.header("link").map(str::to_owned);
            next =
                link.and_then(|link| Some(link.split_once('<')?.1.split_once('>')?.0.to_owned()));
        }
        self.report(
            "the same pages, not decoded",
            "bare client",
            started.elapsed(),
        );
        Ok(())
    }

    async fn ranges(&self, latency: Duration) -> Result {
        let store = self.store("user/ranges")?;
        let listed: Vec<_> = store.list(Some(&Path::from("big"))).try_collect().await?;
        // The redirects, which both know then.
        for file in &listed {
            store.get_range(&file.location, 0..1).await?;
        }
        let mut urls = Vec::new();
        for i in 0..FILES {
            let target = format!("/datasets/user/ranges/resolve/main/big/{i}");
            let request = Request::get(target).redirect(hf_api::transport::RedirectMode::None);
            let response = self.client.execute(request).await?;
            urls.push(response.header("location").unwrap_or_default().to_owned());
        }
        self.hub.set_latency(latency);
        self.hub.clear_requests();
        let what = format!("{READS} ranges of 64 KiB at {} ms", latency.as_millis());
        let started = Instant::now();
        stream::iter(0..READS)
            .map(|i| {
                let (store, file) = (&store, Path::from(format!("big/{}", i % FILES)));
                let at = (i / FILES) * PART;
                async move { store.get_range(&file, at..at + PART).await }
            })
            .buffer_unordered(AT_ONCE)
            .try_for_each(|bytes| {
                assert_eq!(bytes.len() as u64, PART);
                std::future::ready(Ok(()))
            })
            .await?;
        self.report(&what, "hf-object-store", started.elapsed());
        let started = Instant::now();
        stream::iter(0..READS)
            .map(|i| {
                let url = urls[usize::try_from(i % FILES).unwrap_or(0)].as_str();
                let at = (i / FILES) * PART;
                let request = Request::get(url)
                    .header("range", format!("bytes={at}-{}", at + PART - 1))
                    .token(hf_api::TokenMode::None);
                self.client.fetch(request)
            })
            .buffer_unordered(AT_ONCE)
            .try_for_each(|_| std::future::ready(Ok(())))
            .await?;
        self.report(&what, "bare client", started.elapsed());
        self.hub.set_latency(Duration::ZERO);
        Ok(())
    }

    async fn writes(&self) -> Result {
        let name = self.hub.create_repo(RepoType::Dataset, "user/written");
        let store = self.store("user/written")?;
        store.commit().await?;
        self.hub.clear_requests();
        let started = Instant::now();
        stream::iter(0..1_000)
            .map(|i| {
                let (store, file) = (&store, Path::from(format!("out/{i}")));
                async move { store.put(&file, format!("{i}").into()).await }
            })
            .buffer_unordered(AT_ONCE)
            .try_for_each(|_| std::future::ready(Ok(())))
            .await?;
        self.report(
            "write 1000 objects, 16 at once",
            "hf-object-store",
            started.elapsed(),
        );
        println!("{} commits", self.hub.commits(name, "main").len());
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result {
    let hub = TestHub::start().await;
    hub.set_lfs_threshold(1_000);
    let client = Client::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()?;
    let name = RepoName::from((RepoType::Dataset, "user/ranges"));
    hub.create_repo(RepoType::Dataset, "user/ranges");
    let files = (0..FILES).map(|i| Op::add(format!("big/{i}"), Blob::synthetic(i, 1 << 20)));
    hub.commit(&name, "files", files);
    // Ranges of synthetic files are cheap to serve by Git LFS.
    hub.set_xet(false);
    let bench = Bench { hub, client };
    let entries = std::env::args().nth(1).and_then(|n| n.parse().ok());
    bench.list(entries.unwrap_or(100_000)).await?;
    for latency in [0, 40] {
        bench.ranges(Duration::from_millis(latency)).await?;
    }
    bench.writes().await
}
