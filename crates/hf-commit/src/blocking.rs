//! Runs blocking work: short jobs on a pool of threads, long ones on threads of their own.
//!
//! A job that waits for the network, or reads a whole file, must not occupy a thread that other work waits
//! for.

use hf_transport::Result;

pub(crate) use hf_transport::spawn_blocking as blocking;

/// Runs a long `job` on a separate thread called `name`, and returns its result.
///
/// The job continues when the returned future is dropped; a job that takes minutes has to detect that itself.
pub(crate) async fn on_thread<T: Send + 'static>(
    name: &str,
    job: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    hf_transport::spawn_thread(name, job)?.await
}

/// Starts a detached thread called `name`.
///
/// # Errors
/// Returns `Io` if the system refuses another thread.
pub(crate) fn spawn_thread(name: &str, job: impl FnOnce() + Send + 'static) -> Result<()> {
    let job = move || {
        job();
        Ok(())
    };
    hf_transport::spawn_thread(name, job).map(drop)
}
