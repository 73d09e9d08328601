//! Partitioned parquet: what a query reads of it.

use crate::support::{ROWS, SUMS, Session, data, written};

#[tokio::test]
async fn a_query_reads_the_columns_and_files_that_it_needs_and_little_more() {
    let world = written().await;
    let files = world.hub.files(data(), "main");
    let parquet: Vec<_> = files
        .iter()
        .filter(|path| path.contains("region="))
        .collect();
    assert_eq!(parquet.len(), 3, "{files:?}");
    let size = |path: &str| world.hub.file(data(), "main", path).unwrap().len();
    let all: u64 = parquet.iter().map(|path| size(path)).sum();
    let session = Session::new(&world);
    session.create_table().await;
    let (api, storage) = world.requests();
    println!("create table: {api} requests to the API, {storage} to storage");

    // What was written is read back.
    let found = session.query(SUMS).await.unwrap();
    let (api, storage) = world.requests();
    println!("all columns: {api} requests to the API, {storage} to storage");
    let in_memory = SUMS.replace("FROM t", &format!("FROM ({ROWS})"));
    assert_eq!(found, session.query(&in_memory).await.unwrap());

    session.query(SUMS).await.unwrap();
    let read = world.bytes_read();
    println!("all columns: {read} bytes of {all}");
    assert!(
        read > all * 9 / 10 && read < all * 11 / 10,
        "{read} of {all}"
    );

    for (what, query, part) in [
        ("one column of ten", "SELECT sum(c3) FROM t", 7),
        (
            "one column of one file of three",
            "SELECT count(*) FROM t WHERE region = '1' AND c5 < 1000",
            20,
        ),
        // The statistics of the row groups exclude them all.
        (
            "no row group",
            "SELECT sum(c1) FROM t WHERE value > 300000",
            100,
        ),
    ] {
        let rows = session.query(query).await.unwrap();
        let (api, storage) = {
            let requests = world.hub.requests().len();
            (requests, world.bytes_read())
        };
        println!("{what}: {storage} bytes of {all}, {api} requests\n{rows}");
        assert!(storage < all / part, "{what}: {storage} of {all}");
    }
}

#[tokio::test]
async fn a_table_is_copied_between_datasets_and_buckets() {
    let world = written().await;
    let session = Session::new(&world);
    session.create_table().await;
    let expected = session
        .query("SELECT sum(c0) AS s FROM t WHERE value <= 1000")
        .await;
    for (name, location) in [
        ("dataset", "hf://datasets/user/data/copy/thousand.parquet"),
        ("bucket", "hf://buckets/user/bucket/thousand.parquet"),
    ] {
        let copy = format!(
            "COPY (SELECT value, c0 FROM t WHERE value <= 1000) TO '{location}' STORED AS PARQUET"
        );
        session.run(&copy).await.unwrap();
        let create =
            format!("CREATE EXTERNAL TABLE {name} STORED AS PARQUET LOCATION '{location}'");
        session.run(&create).await.unwrap();
        let found = session
            .query(&format!("SELECT sum(c0) AS s FROM {name}"))
            .await;
        assert_eq!(found.unwrap(), *expected.as_ref().unwrap());
    }
}
