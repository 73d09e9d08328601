//! A Hub that listens: starting and stopping it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Deref;
use std::sync::atomic::Ordering;

use tokio::runtime::Runtime;

use crate::hub::Hub;
use crate::record::Listener;
use crate::server;

/// A running Hub on loopback. It stops when it is dropped.
///
/// The Hub runs on its own threads, so blocking clients and single-threaded test runtimes can use
/// it. It runs in real time: under a paused tokio clock (`start_paused`), the client's timeouts
/// fire while the Hub is still working. Configure the client with short delays instead
/// (`RetryConfig::quick()`).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use hf_testhub::{RepoType, TestHub};
///
/// let hub = TestHub::start().await;
/// let repo = hub.create_repo(RepoType::Model, "user/tiny");
/// hub.add_file(&repo, "config.json", "{}");
/// println!("HF_ENDPOINT={} HF_TOKEN={}", hub.endpoint(), hub.token());
/// # }
/// ```
pub struct TestHub {
    hub: Hub,
    runtime: Option<Runtime>,
}

impl TestHub {
    /// Starts a Hub on free loopback ports: the endpoint, its storage, the Xet content store and its bridge.
    ///
    /// # Panics
    /// Panics if there is no free port.
    #[expect(
        clippy::unused_async,
        reason = "room to await, should starting ever need it"
    )]
    pub async fn start() -> Self {
        Self::start_blocking()
    }

    /// Starts a Hub from code that is not async; see [`start`](Self::start).
    ///
    /// # Panics
    /// Panics if there is no free port.
    pub fn start_blocking() -> Self {
        Self::start_on(0, 0).expect("loopback has free ports")
    }

    /// Starts a Hub whose endpoint and storage are on given ports (0 selects any free port).
    ///
    /// # Errors
    /// Returns an error if a port is in use.
    pub fn start_on(port: u16, storage_port: u16) -> io::Result<Self> {
        let sockets = [listen(port)?, listen(storage_port)?, listen(0)?, listen(0)?];
        let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); Listener::ALL.len()];
        for (address, socket) in addresses.iter_mut().zip(&sockets) {
            *address = socket.local_addr()?;
        }
        let hub = Hub::new(addresses);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("hf-testhub")
            .enable_all()
            .build()?;
        {
            let _inside = runtime.enter();
            for (socket, origin) in sockets.into_iter().zip(Listener::ALL) {
                let listener = tokio::net::TcpListener::from_std(socket)?;
                runtime.spawn(server::listen(hub.clone(), origin, listener));
            }
        }
        Ok(Self {
            hub,
            runtime: Some(runtime),
        })
    }

    /// Returns a handle, which does not keep the Hub running.
    pub fn handle(&self) -> Hub {
        self.hub.clone()
    }
}

fn listen(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.hub.0.stopped.store(true, Ordering::SeqCst);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Deref for TestHub {
    type Target = Hub;

    fn deref(&self) -> &Hub {
        &self.hub
    }
}

impl fmt::Debug for TestHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hub.fmt(f)
    }
}
