//! Runs calls in several runtimes and on plain threads, with one
//! client.

use std::sync::OnceLock;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use hf_api::HfApi;
use hf_testhub::TestHub;

use super::api;

static API: OnceLock<HfApi> = OnceLock::new();

#[test]
fn one_client_serves_several_runtimes_and_plain_threads() {
    let hub = TestHub::start_blocking();
    hub.seed_models(8);
    let api = API.get_or_init(|| api(&hub));
    let ids: Vec<String> = api
        .list_models()
        .iter()
        .map(|model| model.unwrap().id)
        .collect();
    assert_eq!(ids.len(), 8);

    // Two runtimes, one after the other; many calls in flight.
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let found = runtime.block_on(async {
            stream::iter(ids.clone())
                .map(|id| api.model_info(id).send())
                .buffer_unordered(4)
                .try_collect::<Vec<_>>()
                .await
        });
        assert_eq!(found.unwrap().len(), 8);
        let spawned = runtime.block_on(async { tokio::spawn(api.whoami().send()).await });
        assert_eq!(spawned.unwrap().unwrap().name, "user");
    }
    // No runtime at all.
    assert_eq!(api.whoami().wait().unwrap().name, "user");
    // Threads.
    std::thread::scope(|scope| {
        let threads: Vec<_> = ids
            .iter()
            .map(|id| scope.spawn(move || api.model_info(id).wait().unwrap().id))
            .collect();
        for (thread, id) in threads.into_iter().zip(&ids) {
            assert_eq!(thread.join().unwrap(), *id);
        }
    });
}
