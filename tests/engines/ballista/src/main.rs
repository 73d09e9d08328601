use std::net::Ipv4Addr;
use std::sync::Arc;

use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::{SchedulerConfig, TaskDistributionPolicy};
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use hf_object_store::HubRoot;
use tokio::net::TcpListener;
use url::Url;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A runtime that knows the Hub. Token and endpoint come from the environment of the node: HF_TOKEN, HF_ENDPOINT.
fn runtime() -> Result<Arc<RuntimeEnv>> {
    let runtime = RuntimeEnvBuilder::new().build_arc()?;
    for root in ["hf://datasets", "hf://buckets"] {
        let url = Url::parse(root).map_err(|error| DataFusionError::External(error.into()))?;
        runtime.register_object_store(&url, Arc::new(HubRoot::open(root)?));
    }
    Ok(runtime)
}

async fn scheduler(port: u16) -> Outcome {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = listener.local_addr()?.port();
    let config = SchedulerConfig::default()
        .with_port(port)
        .with_task_distribution(TaskDistributionPolicy::RoundRobin)
        .with_override_session_builder(Arc::new(|config| {
            let state = default_session_builder(config)?;
            let state = SessionStateBuilder::new_from_existing(state);
            Ok(state.with_runtime_env(runtime()?).build())
        }));
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let scheduler = create_scheduler(cluster, Arc::new(config)).await?;
    println!("scheduler at {port}");
    Ok(
        start_grpc_service_with_listener::<LogicalPlanNode, PhysicalPlanNode>(listener, scheduler)
            .await?,
    )
}

async fn executor(scheduler: u16, port: u16, grpc_port: u16) -> Outcome {
    let config = ExecutorProcessConfig {
        scheduler_host: "127.0.0.1".to_owned(),
        scheduler_port: scheduler,
        port,
        grpc_port,
        vcores: 1,
        override_runtime_producer: Some(Arc::new(|_: &_| runtime())),
        ..ExecutorProcessConfig::default()
    };
    Ok(start_executor_process(Arc::new(config)).await?)
}

/// Prints what happens, one line for each event.
struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Info && metadata.target().starts_with("ballista")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            println!("{} {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

/// A node of a cluster: `node scheduler PORT`, or `node executor SCHEDULER-PORT PORT GRPC-PORT`.
#[tokio::main]
async fn main() -> Outcome {
    log::set_logger(&Log)?;
    log::set_max_level(log::LevelFilter::Info);
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ports: Vec<u16> = arguments
        .iter()
        .skip(1)
        .map(|port| port.parse())
        .collect::<Result<_, _>>()?;
    match (arguments.first().map(String::as_str), &ports[..]) {
        (Some("scheduler"), [port]) => scheduler(*port).await?,
        (Some("executor"), [scheduler, port, grpc]) => executor(*scheduler, *port, *grpc).await?,
        _ => return Err("usage: node scheduler PORT | node executor SCHEDULER PORT GRPC".into()),
    }
    Ok(())
}
