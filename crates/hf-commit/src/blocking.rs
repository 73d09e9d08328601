//! Blocking work: short jobs go to a pool of threads, long ones to threads of their own.
//!
//! A job that waits for the network, or reads a whole file, must not occupy a thread that other work waits for.

use hf_transport::Result;

pub(crate) use hf_transport::spawn_blocking as blocking;

/// Runs a `job` that may take long on a thread of its own, called `name`.
///
/// The job goes on when the returned future is dropped; one that takes minutes has to notice that by itself.
pub(crate) async fn on_thread<T: Send + 'static>(
    name: &str,
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    hf_transport::spawn_thread(name, job)?.await
}

/// Starts a thread called `name`, whose outcome nobody waits for.
///
/// # Errors
/// `Io` where the system refuses another thread.
pub(crate) fn spawn_thread(name: &str, job: impl FnOnce() + Send + 'static) -> Result<()> {
    let job = move || {
        job();
        Ok(())
    };
    hf_transport::spawn_thread(name, job).map(drop)
}
