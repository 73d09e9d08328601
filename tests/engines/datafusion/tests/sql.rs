//! SQL over datasets and buckets on the embedded Hub.

use engine_datafusion::World;
use hf_testhub::{RepoName, RepoType};

/// Ten columns of which no two are alike and none is compressible, in one file per region.
const ROWS: &str = "SELECT value, value % 3 AS region, \
    value * 7919 % 1000003 AS c0, value * 104729 % 1000033 AS c1, value * 1299709 % 1000037 AS c2, \
    value * 15485863 % 1000039 AS c3, value * 32452843 % 1000081 AS c4, value * 49979687 % 1000099 AS c5, \
    value * 67867967 % 1000117 AS c6, value * 86028121 % 1000121 AS c7 FROM generate_series(1, 200000)";

async fn written() -> World {
    let world = World::with(&["user/data", "user/copy"]).await;
    world
        .sql(&format!(
            "COPY ({ROWS}) TO 'hf://datasets/user/data/parquet/' STORED AS PARQUET PARTITIONED BY (region)"
        ))
        .await
        .unwrap();
    world
}

fn dataset() -> RepoName {
    RepoName::from((RepoType::Dataset, "user/data"))
}

#[tokio::test]
async fn what_a_copy_wrote_is_read_back_and_partitions_and_columns_are_left_out() {
    let world = written().await;
    let files = world.hub.files(dataset(), "main");
    let parquet: Vec<_> = files.iter().filter(|path| path.contains("region=")).collect();
    assert!(parquet.len() >= 3, "{files:?}");
    let size = |path: &str| world.hub.file(dataset(), "main", path).unwrap().len();
    let all: u64 = parquet.iter().map(|path| size(path)).sum();
    world
        .sql(
            "CREATE EXTERNAL TABLE t STORED AS PARQUET PARTITIONED BY (region) \
             LOCATION 'hf://datasets/user/data/parquet/'",
        )
        .await
        .unwrap();
    world.hub.clear_requests();
    let whole = "SELECT count(*), sum(c0), sum(c1), sum(c2), sum(c3), sum(c4), sum(c5), sum(c6), sum(c7), \
                 sum(value) FROM t";
    let found = world.table(whole).await.unwrap();
    let in_memory = world
        .table(&whole.replace("FROM t", &format!("FROM ({ROWS})")))
        .await
        .unwrap();
    assert_eq!(found, in_memory);
    let read = world.bytes_read();
    println!("all columns: {read} bytes of {all} in {} files", parquet.len());
    assert!(read >= all * 9 / 10 && read < all * 5 / 4, "{read} of {all}");

    let one = world.table("SELECT sum(c3) FROM t").await.unwrap();
    let read = world.bytes_read();
    println!("one column of ten: {read} bytes of {all}\n{one}");
    assert!(read < all / 4, "{read} of {all}");

    let some = "SELECT count(*) FROM t WHERE region = '1' AND c5 < 1000";
    let some = world.table(some).await.unwrap();
    let read = world.bytes_read();
    println!("one column of one partition of three: {read} bytes of {all}\n{some}");
    assert!(read < all / 10, "{read} of {all}");

    // A filter by which the statistics leave nothing reads footers alone.
    let none = world.table("SELECT sum(c1) FROM t WHERE value > 300000").await.unwrap();
    let read = world.bytes_read();
    println!("a filter that excludes all row groups: {read} bytes of {all}\n{none}");
    assert!(read < all / 10, "{read} of {all}");
}

#[tokio::test]
async fn csv_and_json_of_a_dataset_are_queried_and_copied() {
    let world = World::with(&["user/data", "user/copy"]).await;
    for (kind, folder) in [("CSV", "csv"), ("JSON", "json")] {
        let location = format!("hf://datasets/user/data/{folder}/");
        world
            .sql(&format!(
                "COPY (SELECT value, value * 2 AS twice FROM generate_series(1, 5000)) TO '{location}' STORED AS {kind}"
            ))
            .await
            .unwrap();
        world
            .sql(&format!(
                "CREATE EXTERNAL TABLE {folder} STORED AS {kind} LOCATION '{location}'"
            ))
            .await
            .unwrap();
        let sums = format!("SELECT count(*) AS n, sum(value) AS a, sum(twice) AS b FROM {folder}");
        let table = world.table(&sums).await.unwrap();
        assert!(table.contains("| 5000 | 12502500 | 25005000 |"), "{table}");
    }
    world
        .sql("COPY (SELECT * FROM csv WHERE value <= 10) TO 'hf://datasets/user/copy/ten.parquet' STORED AS PARQUET")
        .await
        .unwrap();
    world
        .sql("COPY (SELECT * FROM json WHERE value <= 10) TO 'hf://buckets/user/bucket/ten.parquet' STORED AS PARQUET")
        .await
        .unwrap();
    for (name, location) in [
        ("copied", "hf://datasets/user/copy/ten.parquet"),
        ("bucket", "hf://buckets/user/bucket/ten.parquet"),
    ] {
        world
            .sql(&format!(
                "CREATE EXTERNAL TABLE {name} STORED AS PARQUET LOCATION '{location}'"
            ))
            .await
            .unwrap();
        let table = world.table(&format!("SELECT sum(twice) AS s FROM {name}")).await;
        assert!(table.unwrap().contains("| 110 |"));
    }
}

#[tokio::test]
async fn the_files_of_one_copy_share_few_commits() {
    let world = written().await;
    let commits = world.hub.commits(dataset(), "main").len();
    println!("{commits} commits");
    assert!(commits <= 4, "{commits}");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_an_error_that_names_it() {
    let world = World::with(&["user/data"]).await;
    let created = world
        .sql("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'hf://datasets/user/none/x.parquet'")
        .await;
    let error = match created {
        Ok(_) => world.table("SELECT * FROM t").await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.to_string().contains("user/none"), "{error}");
}
