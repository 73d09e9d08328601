//! What goes wrong in the middle of a scan: the result is right, or there is an error that says why.

use engine_support::World;
use hf_testhub::{Fault, Gated, Role};

use crate::support::{SUMS, Session, data, written};

#[tokio::test]
async fn rate_limits_cut_connections_and_expired_urls_do_not_change_a_result() {
    let world = written().await;
    let expected = {
        let session = Session::new(&world);
        session.create_table().await;
        session.query(SUMS).await.unwrap()
    };
    for fault in [
        |fault: Fault| fault.status(429).retry_after(0).times(3),
        |fault: Fault| fault.cut_after(10_000).times(3),
        |fault: Fault| fault.reset_after(1_000).times(3),
        |fault: Fault| fault.status(503).times(2),
    ] {
        let session = Session::new(&world);
        session.create_table().await;
        world.fault_in_storage(fault);
        assert_eq!(session.query(SUMS).await.unwrap(), expected);
        world.hub.clear_faults();
        // The redirects are known, and lead nowhere any more.
        world.hub.expire_storage_urls();
        assert_eq!(session.query(SUMS).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_rate_limit_of_the_api_while_a_table_is_created_delays_it() {
    let world = written().await;
    let limited = world
        .hub
        .fault(Fault::on_any("/api/*").status(429).retry_after(0).times(2));
    let session = Session::new(&world);
    session.create_table().await;
    assert_eq!(limited.fired(), 2);
    assert_eq!(session.run("SELECT value FROM t").await.unwrap(), 60_000);
}

#[tokio::test]
async fn a_dataset_that_vanishes_during_a_session_is_an_error() {
    let world = written().await;
    let session = Session::new(&world);
    session.create_table().await;
    world.hub.delete_repo(data());
    world.hub.expire_storage_urls();
    let error = session.query(SUMS).await.unwrap_err().to_string();
    assert!(error.contains("not found"), "{error}");
}

#[tokio::test]
async fn a_gated_dataset_without_access_and_a_session_without_a_token_say_so() {
    let world = written().await;
    let create = "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'hf://datasets/user/data/parquet/region=0/'";
    world.hub.set_gated(data(), Gated::Manual);
    let reader = world.hub.create_user("reader", Role::Read);
    let roots = |token: &str| {
        let root = |root: &str| world.builder().token(token).build_root(root).unwrap();
        Session::with(root("hf://datasets"), root("hf://buckets"))
    };
    let error = roots(&reader).run(create).await.unwrap_err().to_string();
    assert!(error.contains("gated"), "{error}");
    world.hub.set_private(data(), true);
    let error = roots("hf_nobody")
        .run(create)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.to_lowercase().contains("token"), "{error}");
    assert!(!error.contains("hf_nobody"), "{error}");
}

#[tokio::test]
async fn a_dataset_that_is_not_there_is_an_error_that_names_it() {
    let world = World::with(&[]).await;
    let session = Session::new(&world);
    for location in ["user/none/x.parquet", "user/none/folder/"] {
        let create = format!(
            "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'hf://datasets/{location}'"
        );
        let error = session.run(&create).await.unwrap_err().to_string();
        assert!(error.contains("user/none"), "{error}");
    }
}
