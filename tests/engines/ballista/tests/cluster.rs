//! A scheduler and two executors, each a process of its own with a token of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ballista::prelude::{SessionConfigExt as _, SessionContextExt as _};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::error::Result;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use engine_support::World;
use hf_testhub::{RepoName, RepoType, Role};
use tempfile::TempDir;
use url::Url;

/// How long a node may take until it logs what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process of the cluster, which ends with this value.
struct Node {
    process: Child,
    log: Receiver<String>,
    lines: Vec<String>,
}

impl Node {
    fn start(program: &mut Command) -> Self {
        let mut process = program.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(std::result::Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            process,
            log,
            lines: Vec::new(),
        }
    }

    /// Waits for a line that contains `text`, and returns it.
    fn wait_for(&mut self, text: &str) -> String {
        loop {
            let Ok(line) = self.log.recv_timeout(PATIENCE) else {
                panic!("no line with {text:?} in {:#?}", self.lines);
            };
            self.lines.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Ends the process, and returns the lines that contain `text`.
    fn end(mut self, text: &str) -> Vec<String> {
        self.process.kill().unwrap();
        self.lines.extend(self.log.iter());
        let lines = std::mem::take(&mut self.lines);
        lines
            .into_iter()
            .filter(|line| line.contains(text))
            .collect()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Two different ports that are free.
fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

struct Cluster {
    scheduler_port: u16,
    _scheduler: Node,
    executors: Vec<Node>,
    _folder: TempDir,
}

impl Cluster {
    /// Starts a scheduler, and an executor with each of these tokens.
    fn start(world: &World, tokens: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_node"));
            world.configure(&mut program);
            program
                .env("HF_HOME", folder.path())
                .env("TMPDIR", folder.path());
            program
        };
        let mut scheduler = Node::start(node().args(["scheduler", "0"]));
        let line = scheduler.wait_for("scheduler at ");
        let scheduler_port = line.rsplit(' ').next().unwrap().parse().unwrap();
        let mut executors = Vec::new();
        for token in tokens {
            let mut program = node();
            program.arg("executor").arg(format!("{scheduler_port}"));
            program.args(free_ports().map(|port| port.to_string()));
            let mut executor = Node::start(program.env("HF_TOKEN", token));
            executor.wait_for("Executor registration succeed");
            executors.push(executor);
        }
        Self {
            scheduler_port,
            _scheduler: scheduler,
            executors,
            _folder: folder,
        }
    }

    async fn session(&self, world: &World) -> SessionContext {
        let config = SessionConfig::new_with_ballista().with_target_partitions(4);
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .with_runtime_env(RuntimeEnvBuilder::new().build_arc().unwrap())
            .build();
        let url = format!("df://127.0.0.1:{}", self.scheduler_port);
        let session = SessionContext::remote_with_state(&url, state)
            .await
            .unwrap();
        register(&session, world);
        session
    }
}

fn register(session: &SessionContext, world: &World) {
    let datasets = Url::parse("hf://datasets").unwrap();
    session.register_object_store(&datasets, Arc::new(world.root("hf://datasets")));
}

async fn query(session: &SessionContext, query: &str) -> Result<String> {
    let batches = session.sql(query).await?.collect().await?;
    Ok(pretty_format_batches(&batches)?.to_string())
}

/// A Hub with a dataset of four parquet files, and a session of one process.
async fn written() -> (World, SessionContext) {
    let world = World::with(&["user/data"]).await;
    let alone = SessionContext::new();
    register(&alone, &world);
    for region in 0..4 {
        let copy = format!(
            "COPY (SELECT value, value % 4 AS region, value * 7919 % 1000003 AS c \
             FROM generate_series(1, 40000) WHERE value % 4 = {region}) \
             TO 'hf://datasets/user/data/parquet/{region}.parquet' STORED AS PARQUET"
        );
        query(&alone, &copy).await.unwrap();
    }
    (world, alone)
}

const SUMS: &str = "SELECT region, count(*) AS n, sum(c) AS s, max(value) AS m FROM t GROUP BY region ORDER BY region";

/// Creates the table at the present commit: each node looks the commit of a branch up for itself, and it may move.
async fn create_table(session: &SessionContext, world: &World) {
    let dataset = RepoName::from((RepoType::Dataset, "user/data"));
    let commit = world.hub.resolve(dataset, "main").unwrap();
    let create = format!(
        "CREATE EXTERNAL TABLE t STORED AS PARQUET \
         LOCATION 'hf://datasets/user/data@{commit}/parquet/'"
    );
    query(session, &create).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_executors_read_a_dataset_and_the_result_is_that_of_one_process() {
    let (world, alone) = written().await;
    create_table(&alone, &world).await;
    let expected = query(&alone, SUMS).await.unwrap();
    let tokens = ["one", "two"].map(|name| world.hub.create_user(name, Role::Read));
    let cluster = Cluster::start(&world, &tokens);
    let session = cluster.session(&world).await;
    create_table(&session, &world).await;
    world.hub.clear_requests();
    let found = query(&session, SUMS).await.unwrap();
    println!("{found}");
    assert_eq!(found, expected);
    for (executor, token) in cluster.executors.into_iter().zip(&tokens) {
        let tasks = executor.end("Finished task");
        println!("executor:\n  {}", tasks.join("\n  "));
        assert!(!tasks.is_empty());
        let token = format!("Bearer {token}");
        let read = world.hub.count_requests(|request| {
            let sent = request.headers.get("authorization");
            sent.is_some_and(|sent| sent.as_bytes() == token.as_bytes())
                && request.path.contains("/resolve/")
        });
        println!("  files read from the Hub with its token: {read}");
        assert!(read > 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_executor_without_access_fails_the_query_with_an_error_that_says_so() {
    let (world, _) = written().await;
    let dataset = RepoName::from((RepoType::Dataset, "user/data"));
    world.hub.set_private(dataset, true);
    let stranger = world.hub.create_user("stranger", Role::Read);
    let cluster = Cluster::start(&world, &[stranger.clone()]);
    let session = cluster.session(&world).await;
    create_table(&session, &world).await;
    let error = query(&session, SUMS).await.unwrap_err().to_string();
    println!("{error}");
    assert!(error.contains("user/data"), "{error}");
    assert!(!error.contains(&stranger), "{error}");
}

#[test]
fn the_program_of_the_page_is_the_one_that_is_built_here() {
    let page = include_str!("../../../../crates/hf-object-store/docs/ballista.md");
    let program = include_str!("../src/main.rs");
    assert!(page.contains(&format!("```rust,no_run\n{program}```\n")));
}
