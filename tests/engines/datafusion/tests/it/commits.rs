//! The commits that a session makes, and the commit that it sees.

use engine_support::World;
use hf_object_store::{CommitPolicy, HubLocation};

use crate::support::{ROWS, Session, data, written};

#[tokio::test]
async fn the_files_of_a_copy_become_one_commit_when_the_store_is_flushed() {
    let world = World::with(&["user/data"]).await;
    let builder = world.builder().commits(CommitPolicy::on_flush());
    let datasets = builder.build_root("hf://datasets").unwrap();
    let session = Session::with(datasets, world.root("hf://buckets"));
    let before = world.hub.commits(data(), "main").len();
    let copy = format!(
        "COPY ({ROWS}) TO 'hf://datasets/user/data/parquet/' STORED AS PARQUET PARTITIONED BY (region)"
    );
    session.run(&copy).await.unwrap();
    assert_eq!(world.hub.commits(data(), "main").len(), before);
    let location: HubLocation = "hf://datasets/user/data".parse().unwrap();
    let commit = session.datasets.store(&location).flush().await.unwrap();
    assert!(commit.is_some());
    assert_eq!(world.hub.commits(data(), "main").len(), before + 1);
    let files = world.hub.files(data(), "main");
    let written = files.iter().filter(|path| path.starts_with("parquet/"));
    assert_eq!(written.count(), 3, "{files:?}");
}

#[tokio::test]
async fn a_session_sees_one_commit_until_it_is_refreshed() {
    let world = written().await;
    let session = Session::new(&world);
    session.create_table().await;
    let count = "SELECT count(*) AS n, sum(value) AS s FROM t";
    let before = session.query(count).await.unwrap();
    // Another session adds a region and replaces nothing.
    let other = Session::new(&world);
    let more = ROWS.replace("value % 3", "7").replace("60000", "10");
    let copy = format!(
        "COPY ({more}) TO 'hf://datasets/user/data/parquet/' STORED AS PARQUET PARTITIONED BY (region)"
    );
    other.run(&copy).await.unwrap();
    assert_eq!(session.query(count).await.unwrap(), before);

    let location: HubLocation = "hf://datasets/user/data".parse().unwrap();
    session.datasets.store(&location).refresh().await.unwrap();
    // DataFusion keeps the list of a table's files with the table.
    session.run("DROP TABLE t").await.unwrap();
    session.create_table().await;
    let after = session.query(count).await.unwrap();
    assert!(after.contains("60010"), "{after}");
}

#[tokio::test]
async fn a_table_at_a_commit_stays_what_it_was() {
    let world = written().await;
    let commit = world.hub.resolve(data(), "main").unwrap();
    for path in world.hub.files(data(), "main") {
        if path.contains("region=0") {
            world
                .hub
                .commit(data(), "delete", [hf_testhub::Op::delete(path)]);
        }
    }
    let session = Session::new(&world);
    let mut counts = Vec::new();
    for (table, revision) in [("now", String::new()), ("before", format!("@{commit}"))] {
        let create = format!(
            "CREATE EXTERNAL TABLE {table} STORED AS PARQUET PARTITIONED BY (region) \
             LOCATION 'hf://datasets/user/data{revision}/parquet/'"
        );
        session.run(&create).await.unwrap();
        let query = format!("SELECT value FROM {table}");
        counts.push(session.run(&query).await.unwrap());
    }
    assert_eq!(counts, [40_000, 60_000]);
}
