//! The async runtime, which only commands that make requests start.

use hf_api::Error;

use crate::failure::{Done, Failure};

/// Runs a command that makes requests, until it ends or Ctrl-C is pressed.
pub(crate) fn run(command: impl Future<Output = Done>) -> Done {
    run_to_end(async {
        tokio::select! {
            // First, so that no prompt and no request comes before it.
            biased;
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
            done = command => done,
        }
    })
}

/// Runs a command that itself knows what Ctrl-C means.
pub(crate) fn run_to_end(command: impl Future<Output = Done>) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::io("starting the async runtime", error))?;
    let done = runtime.block_on(command);
    // A thread may wait for a line on stdin that never comes.
    runtime.shutdown_background();
    done
}
