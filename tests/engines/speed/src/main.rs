//! Measures the store beside OpenDAL's service for the Hub and a bare client: `cargo xtask engines --speed [ENTRIES [ROW...]]`,
//! where a row is one of `ranges`, `list`, `scan` and `writes`.
//!
//! All of them use the same embedded Hub in the same run. The bare client knows the URLs already, and decodes nothing.

mod scan;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_api::Client;
use hf_api::transport::{RedirectMode, Request};
use hf_object_store::{CommitPolicy, HubStoreBuilder};
use hf_testhub::{Blob, Op, RepoName, RepoType, TestHub};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use object_store_opendal::OpendalStore;
use opendal::{Operator, services};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

const READS: u64 = 1_000;
const FILES: u64 = 100;
const PART: u64 = 64 * 1024;
const AT_ONCE: usize = 16;
/// The median of so many runs is shown, where a run changes nothing.
const RUNS: usize = 3;

struct Bench {
    hub: TestHub,
    client: Client,
}

/// Times of the same work, and the requests of the last run.
struct Measured {
    times: Vec<Duration>,
    requests: usize,
}

impl Measured {
    fn show(mut self, what: &str, who: &str) {
        self.times.sort_unstable();
        let median = self.times[self.times.len() / 2].as_secs_f64() * 1_000.0;
        println!("| {what} | {who} | {median:.0} ms | {} |", self.requests);
    }
}

impl Bench {
    async fn measure(
        &self,
        runs: usize,
        mut work: impl AsyncFnMut() -> Result,
    ) -> Result<Measured> {
        let mut times = Vec::new();
        let mut requests = 0;
        for _ in 0..runs {
            self.hub.clear_requests();
            let started = Instant::now();
            work().await?;
            times.push(started.elapsed());
            requests = self.hub.requests().len();
        }
        Ok(Measured { times, requests })
    }

    fn ours(&self, dataset: &str, commits: CommitPolicy) -> Result<Arc<dyn ObjectStore>> {
        let builder = HubStoreBuilder::new()
            .url(format!("hf://datasets/{dataset}"))
            .client(self.client.clone());
        Ok(Arc::new(builder.commits(commits).build()?))
    }

    fn opendal(&self, dataset: &str) -> Result<Arc<dyn ObjectStore>> {
        let service = services::Hf::default()
            .repo_type("dataset")
            .repo_id(dataset)
            .endpoint(&self.hub.endpoint())
            .token(self.hub.token())
            .download_mode("http");
        Ok(Arc::new(OpendalStore::new(Operator::new(service)?)))
    }

    fn both(&self, dataset: &str) -> Result<[(&'static str, Arc<dyn ObjectStore>); 2]> {
        Ok([
            (
                "hf-object-store",
                self.ours(dataset, CommitPolicy::gathered())?,
            ),
            ("OpenDAL", self.opendal(dataset)?),
        ])
    }

    async fn list(&self, entries: usize) -> Result {
        let name = self.hub.create_repo(RepoType::Dataset, "user/many");
        self.hub.seed_files(name, entries, 8);
        let folder = Path::from("data");
        let what = format!("list {entries} entries");
        for (who, store) in self.both("user/many")? {
            let work = async || {
                let listed = store
                    .list(Some(&folder))
                    .try_fold(0, |n, _| async move { Ok(n + 1) });
                // OpenDAL lists the folders, too.
                assert!(listed.await? >= entries);
                Ok(())
            };
            self.measure(RUNS, work).await?.show(&what, who);
        }
        let work = async || {
            let first = "/api/datasets/user/many/tree/main/data?recursive=true";
            let mut next = Some(first.to_owned());
            while let Some(url) = next.take() {
                let page = self.client.fetch(Request::get(url)).await?;
                let link = page.header("link").map(str::to_owned);
                next = link
                    .and_then(|link| Some(link.split_once('<')?.1.split_once('>')?.0.to_owned()));
            }
            Ok(())
        };
        self.measure(RUNS, work).await?.show(&what, "bare client");
        Ok(())
    }

    async fn ranges(&self, latency: Duration) -> Result {
        let what = format!("{READS} ranges at {} ms", latency.as_millis());
        let urls = self.storage_urls().await?;
        for (who, store) in self.both("user/ranges")? {
            // The list of the files and their redirects, where a store keeps them.
            let listed: Vec<_> = store.list(Some(&Path::from("big"))).try_collect().await?;
            for file in &listed {
                store.get_range(&file.location, 0..1).await?;
            }
            self.hub.set_latency(latency);
            let work = async || {
                let reads = stream::iter(0..READS).map(|i| {
                    let (store, file) = (&store, Path::from(format!("big/{}", i % FILES)));
                    let at = (i / FILES) * PART;
                    async move { store.get_range(&file, at..at + PART).await }
                });
                let mut reads = reads.buffer_unordered(AT_ONCE);
                while let Some(bytes) = reads.try_next().await? {
                    assert_eq!(bytes.len() as u64, PART);
                }
                Ok(())
            };
            self.measure(RUNS, work).await?.show(&what, who);
            self.hub.set_latency(Duration::ZERO);
        }
        self.hub.set_latency(latency);
        let work = async || {
            let reads = stream::iter(0..READS).map(|i| {
                let url = urls[usize::try_from(i % FILES).unwrap_or(0)].as_str();
                let at = (i / FILES) * PART;
                let request = Request::get(url)
                    .header("range", format!("bytes={at}-{}", at + PART - 1))
                    .token(hf_api::TokenMode::None);
                self.client.fetch(request)
            });
            let mut reads = reads.buffer_unordered(AT_ONCE);
            while reads.try_next().await?.is_some() {}
            Ok(())
        };
        self.measure(RUNS, work).await?.show(&what, "bare client");
        self.hub.set_latency(Duration::ZERO);
        Ok(())
    }

    async fn storage_urls(&self) -> Result<Vec<String>> {
        let mut urls = Vec::new();
        for i in 0..FILES {
            let target = format!("/datasets/user/ranges/resolve/main/big/{i}");
            let request = Request::get(target).redirect(RedirectMode::None);
            let response = self.client.execute(request).await?;
            urls.push(response.header("location").unwrap_or_default().to_owned());
        }
        Ok(urls)
    }

    async fn writes(&self) -> Result {
        for (who, dataset, writes) in [
            ("hf-object-store", "user/written", 1_000),
            ("hf-object-store, a commit each", "user/each", 1_000),
            ("OpenDAL, a commit each", "user/other", 1_000),
        ] {
            let name = self.hub.create_repo(RepoType::Dataset, dataset);
            let store = match who {
                "hf-object-store" => self.ours(dataset, CommitPolicy::gathered())?,
                "OpenDAL, a commit each" => self.opendal(dataset)?,
                _ => self.ours(dataset, CommitPolicy::per_object())?,
            };
            let mut failed = 0;
            let work = async || {
                let puts = stream::iter(0..writes).map(|i| {
                    let (store, file) = (&store, Path::from(format!("out/{i}")));
                    async move { store.put(&file, format!("{i}").into()).await }
                });
                let mut puts = puts.buffer_unordered(AT_ONCE);
                while let Some(put) = puts.next().await {
                    if let Err(error) = put {
                        if failed == 0 {
                            eprintln!("{who}: {error}");
                        }
                        failed += 1;
                    }
                }
                Ok(())
            };
            let commits = |hub: &TestHub| hub.commits(&name, "main").len();
            let before = commits(&self.hub);
            let measured = self.measure(1, work).await?;
            let made = commits(&self.hub) - before;
            let what = format!("put {writes} objects: {made} commits, {failed} failed");
            measured.show(&what, who);
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result {
    opendal::install_default();
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
    let mut args = std::env::args().skip(1);
    let entries = args.next().and_then(|n| n.parse().ok());
    let rows: Vec<String> = args.collect();
    let wanted = |row: &str| rows.is_empty() || rows.iter().any(|wanted| wanted == row);
    println!("| work, {AT_ONCE} at once | by | median time | requests |\n|---|---|---|---|");
    if wanted("ranges") {
        for latency in [0, 40] {
            bench.ranges(Duration::from_millis(latency)).await?;
        }
    }
    if wanted("list") {
        bench.list(entries.unwrap_or(100_000)).await?;
    }
    if wanted("scan") {
        bench.scan().await?;
    }
    if wanted("writes") {
        bench.hub.set_xet(true);
        bench.writes().await?;
    }
    Ok(())
}
