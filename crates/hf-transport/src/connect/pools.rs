//! A pool of connections for each runtime.
//!
//! A connection is driven by a task of the runtime that opened it. Used from another runtime, it would stall
//! whenever the first one is blocked, and break when the first one ends. So each runtime has its own
//! connections for as long as it lives: an idle guard task is dropped with the runtime and takes the pool
//! with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyper_util::client::legacy;
use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;

use super::connector::Connector;
use crate::body::Body;
use crate::error::Result;

pub(super) type HyperClient = legacy::Client<Connector, Body>;

pub(super) struct Pools {
    builder: legacy::Builder,
    connector: Connector,
    known: Mutex<HashMap<runtime::Id, Pool>>,
}

struct Pool {
    client: HyperClient,
    /// Dropped with the pool, which ends the guard task in the runtime.
    _alive: oneshot::Sender<()>,
}

impl Pools {
    pub(super) fn new(builder: legacy::Builder, connector: Connector) -> Arc<Self> {
        Arc::new(Self {
            builder,
            connector,
            known: Mutex::default(),
        })
    }

    /// Returns the pool of the runtime that `here` is a handle to.
    ///
    /// # Errors
    /// Returns `Validation` if the runtime cannot drive connections.
    pub(super) fn of(self: &Arc<Self>, here: &Handle) -> Result<HyperClient> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = known.get(&here.id()) {
            return Ok(pool.client.clone());
        }
        crate::runtime::check_io()?;
        let client: HyperClient = self.builder.build(self.connector.clone());
        let (alive, ended) = oneshot::channel();
        let pool = Pool {
            client: client.clone(),
            _alive: alive,
        };
        known.insert(here.id(), pool);
        drop(known);
        let guard = Guard {
            pools: Arc::downgrade(self),
            runtime: here.id(),
        };
        // Spawned without holding the lock: a runtime that is shutting down drops the task immediately, and
        // its guard takes the lock.
        here.spawn(async move {
            let _guard = guard;
            let _ = ended.await;
        });
        Ok(client)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.known.lock().map_or(0, |known| known.len())
    }
}

struct Guard {
    pools: Weak<Pools>,
    runtime: runtime::Id,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(pools) = self.pools.upgrade() else {
            return;
        };
        let mut known = pools.known.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = known.remove(&self.runtime);
        // Dropped after the lock is released, because closing the pool's connections may run code that comes
        // back here.
        drop(known);
        drop(pool);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyper_util::rt::TokioExecutor;
    use tokio::runtime::Builder;

    use super::*;
    use crate::config::Proxies;
    use crate::connect::base::Base;
    use crate::connect::dns::Resolver;
    use crate::connect::proxy::ProxyRules;
    use crate::connect::tls::Tls;

    fn pools() -> Arc<Pools> {
        let resolver = Resolver::default();
        let connector = Connector::new(
            Base::tcp(resolver.clone()),
            resolver,
            ProxyRules::new(&Proxies::default()).unwrap(),
            Tls::new(Vec::new(), false),
            Duration::from_secs(1),
        );
        Pools::new(legacy::Client::builder(TokioExecutor::new()), connector)
    }

    #[test]
    fn the_pool_of_a_runtime_lives_as_long_as_the_runtime() {
        let pools = pools();
        let runtimes: Vec<_> = (0..20)
            .map(|n| {
                let mut builder = if n % 2 == 0 {
                    Builder::new_current_thread()
                } else {
                    Builder::new_multi_thread()
                };
                builder.worker_threads(1).enable_all().build().unwrap()
            })
            .collect();
        for _ in 0..2 {
            for runtime in &runtimes {
                runtime
                    .block_on(async { pools.of(&Handle::current()).map(drop) })
                    .unwrap();
            }
            assert_eq!(pools.len(), 20);
        }
        drop(runtimes);
        assert_eq!(pools.len(), 0);
    }

    #[test]
    fn a_client_that_goes_leaves_no_task_behind() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pools = pools();
            drop(pools.of(&Handle::current()).unwrap());
            drop(pools);
            while Handle::current().metrics().num_alive_tasks() > 0 {
                tokio::task::yield_now().await;
            }
        });
    }
}
