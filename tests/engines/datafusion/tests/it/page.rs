//! The program of the page about DataFusion is the one that runs here.

use std::process::Command;

use engine_support::World;

use crate::support::Session;

#[test]
fn the_program_of_the_page_is_the_one_that_is_built_here() {
    let page = include_str!("../../../../../crates/hf-object-store/docs/datafusion.md");
    let program = include_str!("../../src/bin/query.rs");
    assert!(page.contains(&format!("```rust,no_run\n{program}```\n")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_of_the_page_queries_and_copies_a_dataset() {
    let world = World::with(&["user/data", "user/subset"]).await;
    let session = Session::new(&world);
    let copy = "COPY (SELECT value, 2020 + value % 5 AS year FROM generate_series(1, 1000)) \
                TO 'hf://datasets/user/data/train/' STORED AS PARQUET";
    session.run(copy).await.unwrap();
    let to = "hf://datasets/user/subset/2024.parquet";
    let mut program = Command::new(env!("CARGO_BIN_EXE_query"));
    program.args(["hf://datasets/user/data/train/", to]);
    let output = world.configure(&mut program).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}{output:?}");
    assert!(shown.contains("| 2024 | 200  |"), "{shown}");
    let create = format!("CREATE EXTERNAL TABLE s STORED AS PARQUET LOCATION '{to}'");
    session.run(&create).await.unwrap();
    assert_eq!(session.run("SELECT * FROM s").await.unwrap(), 200);
}
