//! The Hub itself: configuring it, and reading its recorded requests.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::cached::CachedResponses;
use crate::fault::{Fault, FaultHandle, Faults};
use crate::hostile::{Behavior, Misbehavior};
use crate::lock;
use crate::mimic::Mimic;
use crate::record::{Listener, Log, RecordedRequest};
use crate::store::{Role, State, Token};
use crate::wire::Pace;
use crate::xet::{Xet, XetState};

/// The user that the default tokens belong to.
const USER: &str = "user";
const TOKEN: &str = "hf_testhubwritetoken";
const READ_TOKEN: &str = "hf_testhubreadtoken";

/// A handle to a Hub that fills, configures and inspects it without HTTP. Cheap to clone.
#[derive(Clone)]
pub struct Hub(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    /// Where each listener is, by its index.
    addresses: [SocketAddr; Listener::ALL.len()],
    pub(crate) state: Mutex<State>,
    /// The content store. Whoever holds it takes no other lock; it is taken last.
    pub(crate) xet: Mutex<XetState>,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    pub(crate) latency: AtomicU64,
    pub(crate) pace: Pace,
    pub(crate) connections: AtomicU64,
    /// Whether the Hub was dropped. No request is served any more, even by tasks that have not
    /// ended yet.
    pub(crate) stopped: AtomicBool,
    pub(crate) cached: CachedResponses,
    /// The behavior of each listener.
    behaviors: Mutex<[Option<Arc<Misbehavior>>; Listener::ALL.len()]>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("endpoint", &self.endpoint())
            .field("storage", &self.storage_endpoint())
            .finish_non_exhaustive()
    }
}

impl Hub {
    pub(crate) fn new(addresses: [SocketAddr; Listener::ALL.len()]) -> Self {
        let mut state = State::default();
        state.users.insert(USER.to_owned());
        for (token, role) in [(TOKEN, Role::Write), (READ_TOKEN, Role::Read)] {
            let user = USER.to_owned();
            state.tokens.insert(token.to_owned(), Token { user, role });
        }
        Self(Arc::new(Inner {
            addresses,
            state: Mutex::new(state),
            xet: Mutex::default(),
            faults: Faults::default(),
            log: Log::default(),
            latency: AtomicU64::new(0),
            pace: Pace::default(),
            connections: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            cached: CachedResponses::default(),
            behaviors: Mutex::default(),
        }))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }

    pub(crate) fn xet_state(&self) -> MutexGuard<'_, XetState> {
        lock(&self.0.xet)
    }

    pub(crate) fn address(&self, origin: Listener) -> SocketAddr {
        self.0.addresses[origin.index()]
    }

    /// Returns the state for modification, which invalidates cached responses.
    pub(crate) fn change(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.generation += 1;
        state
    }
}

/// # URLs, users and tokens
impl Hub {
    /// Returns the URL of the endpoint, `http://127.0.0.1:PORT`: the value for `HF_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address(Listener::Hub))
    }

    /// Returns the URL of the storage, which is a separate origin that serves large objects.
    pub fn storage_endpoint(&self) -> String {
        format!("http://{}", self.address(Listener::Storage))
    }

    /// Returns the URL of the Xet content store, another origin, as tokens name it.
    pub fn cas_endpoint(&self) -> String {
        format!("http://{}", self.address(Listener::Cas))
    }

    /// Returns the URL of the bridge, another origin, which serves whole files from Xet over plain HTTP.
    pub fn bridge_endpoint(&self) -> String {
        format!("http://{}", self.address(Listener::Bridge))
    }

    /// Returns a token of [`user`](Self::user) with read and write permission.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// Returns a token of [`user`](Self::user) with read permission only.
    pub fn read_token(&self) -> &'static str {
        READ_TOKEN
    }

    /// Returns the name of the user that the default tokens belong to.
    pub fn user(&self) -> &'static str {
        USER
    }

    /// Adds a user and returns a token with this role. An existing user receives an additional
    /// token.
    pub fn create_user(&self, name: &str, role: Role) -> String {
        let mut state = self.change();
        state.users.insert(name.to_owned());
        let token = match role {
            Role::Write => format!("hf_testhub{name}write"),
            Role::Read => format!("hf_testhub{name}read"),
        };
        let user = name.to_owned();
        state.tokens.insert(token.clone(), Token { user, role });
        token
    }

    /// Adds an organization with these members, all of whom may write to its repositories.
    pub fn create_org(&self, name: &str, members: &[&str]) {
        let members = members.iter().map(|&member| member.to_owned()).collect();
        self.change().orgs.insert(name.to_owned(), members);
    }

    /// Revokes a token. Requests with it fail with 401 from now on.
    pub fn revoke_token(&self, token: &str) {
        self.change().tokens.remove(token);
    }
}

/// # Faults, speed and limits
impl Hub {
    /// Adds a fault. The handle counts how often it was triggered, and can remove it.
    pub fn fault(&self, fault: Fault) -> FaultHandle {
        self.0.faults.install(fault)
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.0.faults.clear();
    }

    /// Sets the behavior of a listener from now on. A [`fault`](Self::fault) that affects a request
    /// takes precedence.
    pub fn set_behavior(&self, origin: Listener, behavior: Behavior) {
        lock(&self.0.behaviors)[origin.index()] = Some(Arc::new(Misbehavior::new(behavior)));
    }

    /// Restores the normal behavior of all listeners.
    pub fn clear_behaviors(&self) {
        *lock(&self.0.behaviors) = [const { None }; Listener::ALL.len()];
    }

    pub(crate) fn behavior(&self, origin: Listener, path: &str) -> Option<Arc<Misbehavior>> {
        lock(&self.0.behaviors)[origin.index()]
            .clone()
            .filter(|behavior| behavior.concerns(path))
    }

    /// Imitates another server implementation. Call this before repositories are created.
    pub fn mimic(&self, server: Mimic) {
        let mut state = self.change();
        state.settings.mimic = server;
        if matches!(server, Mimic::KohakuHub | Mimic::Olah) {
            state.settings.resolve_cache = false;
        }
    }

    /// Delays every request, like a distant Hub.
    pub fn set_latency(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.latency.store(micros, Ordering::Relaxed);
    }

    /// Limits the bandwidth of each connection in each direction, in bytes per second; 0 removes
    /// the limit.
    pub fn set_bandwidth(&self, bytes_per_second: u64) {
        self.0.pace.set(bytes_per_second);
    }

    /// Expires all storage URLs issued so far. Requests to them fail with 403 from now on.
    pub fn expire_storage_urls(&self) {
        self.change().epoch += 1;
    }

    /// Sets the size in bytes from which on files are stored in LFS regardless of their name (10
    /// MiB by default).
    pub fn set_lfs_threshold(&self, bytes: u64) {
        self.change().settings.lfs_threshold = bytes;
    }

    /// Requires multipart uploads with parts of `part_size` bytes for objects larger than
    /// `threshold` bytes (64 MiB and 5 GiB by default).
    pub fn set_multipart(&self, threshold: u64, part_size: u64) {
        let mut state = self.change();
        state.settings.multipart_threshold = threshold;
        state.settings.part_size = part_size.max(1);
    }

    /// Sets whether uploaded objects are kept in memory (the default) or only hashed and counted,
    /// for uploads of many gigabytes. Reading an object that was not kept fails with 410.
    pub fn keep_uploads(&self, keep: bool) {
        self.change().settings.keep_uploads = keep;
    }

    /// Sets whether uploads are hashed as they arrive and rejected unless the hash matches (the
    /// default), or only counted, in order to measure clients without the cost of hashing in the
    /// Hub.
    pub fn hash_uploads(&self, hash: bool) {
        self.change().settings.hash_uploads = hash;
    }

    /// Sets whether small files of public repositories are redirected by a relative 307 to
    /// `/api/resolve-cache/...` (the default) or served directly. Both honor `Range`.
    pub fn set_resolve_cache(&self, on: bool) {
        self.change().settings.resolve_cache = on;
    }

    /// Sets whether repositories store their large files in Xet (off by default). If so, the token routes work,
    /// listings and redirects contain Xet hashes, `resolve` redirects to the bridge, and the response to an LFS batch
    /// that offers `xet` selects it. Buckets always store their files in Xet.
    pub fn set_xet(&self, on: bool) {
        self.change().settings.xet = on;
    }

    /// Configures and inspects the Xet content store.
    pub fn xet(&self) -> Xet<'_> {
        Xet::new(self)
    }

    /// Sets how many files one preupload request may contain (256 by default), for clients that do
    /// not know of a limit.
    pub fn set_preupload_limit(&self, files: usize) {
        self.change().settings.preupload_limit = files;
    }

    /// Sets the maximum number of entries in a page, which is also the number without `limit` (1000
    /// by default).
    pub fn set_page_size(&self, entries: usize) {
        self.change().settings.page_size = entries.max(1);
    }
}

/// # Recorded requests
impl Hub {
    /// Returns all requests since the start or the last [`clear_requests`](Self::clear_requests), in order of
    /// arrival.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.0.log.all()
    }

    /// Returns the number of requests for which the closure returns true.
    pub fn count_requests(&self, wanted: impl Fn(&RecordedRequest) -> bool) -> usize {
        self.0.log.count(wanted)
    }

    /// Removes the requests recorded so far, and resets the counters.
    pub fn clear_requests(&self) {
        self.0.log.clear();
    }

    /// Records only the last `requests` requests from now on, so that a long-running Hub does not
    /// grow.
    pub fn record_at_most(&self, requests: usize) {
        self.0.log.set_most(requests);
    }

    /// Sets how many bytes of each request body are recorded from now on (64 KiB by default).
    pub fn record_bodies(&self, bytes: usize) {
        self.0.log.set_body_limit(bytes);
    }

    /// Returns the number of requests that reached the storage with a token of this Hub or with any
    /// `Authorization` header. Anything but 0 is a leak.
    pub fn tokens_seen_by_storage(&self) -> usize {
        let tokens: Vec<String> = self.state().tokens.keys().cloned().collect();
        self.count_requests(|request| {
            request.listener == Listener::Storage
                && (request.headers.contains_key(http::header::AUTHORIZATION)
                    || request
                        .headers
                        .values()
                        .any(|value| tokens.iter().any(|t| contains(value.as_bytes(), t)))
                    || tokens.iter().any(|t| request.query.contains(t.as_str())))
        })
    }

    /// Returns how many bytes of response bodies a listener has sent since the counters were reset.
    pub fn bytes_sent(&self, origin: Listener) -> u64 {
        self.0.log.bytes_sent(origin)
    }

    /// Returns the largest number of concurrent requests in flight on a listener since the counters
    /// were reset. A request is in flight until the last byte of its response was passed to the
    /// connection.
    pub fn most_in_flight(&self, origin: Listener) -> usize {
        self.0.log.most_in_flight(origin)
    }

    /// Returns how many connections all listeners have accepted.
    pub fn connections(&self) -> u64 {
        self.0.connections.load(Ordering::Relaxed)
    }
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len())
        .any(|window| window == part.as_bytes())
}
