//! Programs as users write them, in short form, run against the embedded Hub.
//! They use the facade and what it re-exports, and nothing below it.

mod checkpoint_loader;
mod ci_job;
mod discussion_bot;
mod faulty_hub;
mod header_reader;
mod middleware;
mod other_runtimes;
mod streaming_proxy;
mod training_loop;

use hf_api::HfApi;
use hf_testhub::TestHub;

fn api(hub: &TestHub) -> HfApi {
    HfApi::builder()
        .endpoint(hub.endpoint())
        .token(hub.token())
        .build()
        .unwrap()
}
