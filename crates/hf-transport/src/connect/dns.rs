//! Name resolution that does not depend on the runtime.
//!
//! `getaddrinfo` blocks. tokio runs it on the same bounded set of threads as every other blocking task, so a
//! program that keeps those threads busy (or has configured only one) can never open a connection. Here, each
//! lookup runs on a short-lived thread of its own, and all callers that resolve the same name at the same
//! time share one lookup: 64 connections to one host cost one thread.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::oneshot;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt};

use crate::blocking::spawn_thread;
use crate::error::{BoxError, Error, Result, Retryability};

/// A resolver set by the user: from a host name to its IP addresses.
pub(crate) type BoxResolver = BoxCloneSyncService<String, Vec<IpAddr>, BoxError>;

/// Resolves host names to IP addresses. Clones share all state.
#[derive(Clone, Default)]
pub(crate) struct Resolver(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// The addresses that replace a lookup, by name in lower case.
    fixed: HashMap<String, Vec<IpAddr>>,
    custom: Option<BoxResolver>,
}

impl Resolver {
    pub(crate) fn new(fixed: HashMap<String, Vec<IpAddr>>, custom: Option<BoxResolver>) -> Self {
        Self(Arc::new(Inner { fixed, custom }))
    }

    /// Returns the IP addresses of `host`; never an empty list.
    ///
    /// # Errors
    /// Returns `Network`, retryable, if the name has no address or the lookup failed.
    pub(crate) async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>> {
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        if let Some(fixed) = self.0.fixed.get(&name) {
            return Ok(fixed.clone());
        }
        let addresses = match &self.0.custom {
            Some(custom) => custom
                .clone()
                .oneshot(host.to_owned())
                .await
                .map_err(|error| failed(host, &crate::error::display_chain(error.as_ref())))?,
            None => system(host).await?,
        };
        if addresses.is_empty() {
            return Err(failed(host, "the name has no address"));
        }
        Ok(addresses)
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.resolve(name.as_str()).await?;
            // The connector sets the port from the URL.
            let sockets: Vec<_> = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            Ok(sockets.into_iter())
        })
    }
}

fn failed(host: &str, why: &str) -> Error {
    Error::network(format!("cannot resolve the host name `{host}`: {why}"))
        .with_retryability(Retryability::Always)
        .with_hint("check the network, the name server and the endpoint (HF_ENDPOINT)")
}

/// The result of a lookup. The error is text because an `io::Error` cannot be shared between waiters.
type Answer = std::result::Result<Vec<IpAddr>, String>;

/// Lookups in flight by host name, with everyone who waits for them.
static LOOKUPS: LazyLock<Mutex<HashMap<String, Vec<oneshot::Sender<Answer>>>>> =
    LazyLock::new(Mutex::default);

/// Resolves a name through the operating system.
async fn system(host: &str) -> Result<Vec<IpAddr>> {
    let answer = {
        let (sender, receiver) = oneshot::channel();
        // Held while the thread starts, so that whoever joins a listed lookup can rely on its thread.
        let mut lookups = LOOKUPS.lock().unwrap_or_else(PoisonError::into_inner);
        let waiters = lookups.entry(host.to_owned()).or_default();
        waiters.push(sender);
        if waiters.len() == 1
            && let Err(error) = start(host.to_owned())
        {
            lookups.remove(host);
            return Err(error);
        }
        receiver
    };
    match answer.await {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(why)) => Err(failed(host, &why)),
        Err(_) => Err(failed(host, "the lookup was abandoned")),
    }
}

fn start(host: String) -> Result<()> {
    // Not the shared pool for blocking work, which may be filled with disk operations.
    let thread = spawn_thread("hf-dns", move || {
        let answer: Answer = (host.as_str(), 0)
            .to_socket_addrs()
            .map(|addresses| addresses.map(|address| address.ip()).collect())
            .map_err(|error| error.to_string());
        let waiters = LOOKUPS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&host)
            .unwrap_or_default();
        for waiter in waiters {
            // Waiters whose connect timeout has passed are gone.
            let _ = waiter.send(answer.clone());
        }
        Ok(())
    })?;
    drop(thread);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fixed_addresses_replace_the_lookup_whatever_the_case() {
        let loopback = vec![IpAddr::from([127, 0, 0, 1])];
        let fixed = HashMap::from([("hub.test".to_owned(), loopback.clone())]);
        let resolver = Resolver::new(fixed, None);
        for host in ["hub.test", "HUB.test", "hub.test."] {
            assert_eq!(resolver.resolve(host).await.unwrap(), loopback);
        }
    }

    #[tokio::test]
    async fn many_lookups_of_one_name_are_all_answered() {
        let resolver = Resolver::default();
        let lookups = (0..64).map(|_| resolver.resolve("localhost"));
        for addresses in futures_util::future::join_all(lookups).await {
            assert!(addresses.unwrap().iter().all(IpAddr::is_loopback));
        }
        assert!(!LOOKUPS.lock().unwrap().contains_key("localhost"));
    }

    #[tokio::test]
    async fn a_resolver_of_the_user_is_asked_and_its_error_is_told() {
        let custom = BoxResolver::new(tower::service_fn(|host: String| async move {
            match host.as_str() {
                "a.test" => Ok(vec![IpAddr::from([127, 0, 0, 7])]),
                "none.test" => Ok(Vec::new()),
                _ => Err(BoxError::from("the zone is closed")),
            }
        }));
        let resolver = Resolver::new(HashMap::new(), Some(custom));
        let found = resolver.resolve("a.test").await.unwrap();
        assert_eq!(found, [IpAddr::from([127, 0, 0, 7])]);
        for (host, why) in [("none.test", "no address"), ("b.test", "zone is closed")] {
            let error = resolver.resolve(host).await.unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
            assert!(error.to_string().contains(host), "{error}");
            assert_eq!(error.retryability(), Retryability::Always);
        }
    }
}
