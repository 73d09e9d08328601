//! The connection settings of a client.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Config, Proxies};
use crate::connect::{BoxConnector, BoxResolver, HyperSettings, hyper_service};
use crate::error::Result;
use crate::layers::ConnectionLimitLayer;
use crate::service::BoxService;

/// The connection settings made on the builder.
#[derive(Default)]
pub(super) struct ConnectionSettings {
    pub(super) proxies: Option<Proxies>,
    pub(super) ca_bundle: Option<PathBuf>,
    pub(super) http1_only: bool,
    pub(super) connector: Option<BoxConnector>,
    pub(super) resolver: Option<BoxResolver>,
    pub(super) addresses: HashMap<String, Vec<IpAddr>>,
    pub(super) max_per_host: Option<usize>,
}

impl ConnectionSettings {
    /// Overrides the settings that came from the environment.
    pub(super) fn apply_to(&mut self, config: &mut Config) {
        if let Some(proxies) = self.proxies.take() {
            config.proxies = proxies;
        }
        if let Some(path) = self.ca_bundle.take() {
            config.ca_bundle = vec![path];
        }
    }

    pub(super) fn limit(&self) -> Option<ConnectionLimitLayer> {
        self.max_per_host.map(ConnectionLimitLayer::new)
    }

    pub(super) fn into_service(
        self,
        config: &Config,
        connect_timeout: Duration,
    ) -> Result<BoxService> {
        hyper_service(HyperSettings {
            proxies: config.proxies.clone(),
            ca_bundle: config.ca_bundle.clone(),
            http2: !self.http1_only,
            connect_timeout,
            connector: self.connector,
            resolver: self.resolver,
            addresses: self.addresses,
        })
    }
}
