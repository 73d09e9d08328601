//! A scheduler of a dataset `user/logs`, and helpers that read what it has pushed.

use std::time::Duration;

use hf_commit::{CommitScheduler, CommitSchedulerBuilder, RepoTarget};
use hf_testhub::RepoType;
use hf_transport::Client;

use super::World;

pub(crate) const LOGS: (RepoType, &str) = (RepoType::Dataset, "user/logs");

pub(crate) fn builder(
    client: Client,
    world: &World,
    dir: &tempfile::TempDir,
) -> CommitSchedulerBuilder {
    let target = RepoTarget::dataset("user/logs").unwrap();
    CommitScheduler::builder(client, target, dir.path())
        .state_dir(world.state.path())
        .every(Duration::from_secs(3600))
}

pub(crate) fn scheduler(world: &World, dir: &tempfile::TempDir) -> CommitSchedulerBuilder {
    builder(world.client.clone(), world, dir)
}

pub(crate) fn pushed(world: &World, path: &str) -> Option<String> {
    let bytes = world.hub.read(LOGS, "main", path)?;
    Some(String::from_utf8(bytes.into()).unwrap())
}
