//! CSV and JSON.

use engine_support::World;

use crate::support::Session;

#[tokio::test]
async fn csv_and_json_are_written_and_queried() {
    let world = World::with(&["user/data"]).await;
    let session = Session::new(&world);
    for kind in ["CSV", "JSON"] {
        for place in ["datasets/user/data", "buckets/user/bucket"] {
            let location = format!("hf://{place}/{kind}/");
            let copy = format!(
                "COPY (SELECT value, value * 2 AS twice FROM generate_series(1, 5000)) TO '{location}' STORED AS {kind}"
            );
            session.run(&copy).await.unwrap();
            let table = format!("{kind}_{}", place.split('/').next().unwrap());
            let create =
                format!("CREATE EXTERNAL TABLE {table} STORED AS {kind} LOCATION '{location}'");
            session.run(&create).await.unwrap();
            let sums =
                format!("SELECT count(*) AS n, sum(value) AS a, sum(twice) AS b FROM {table}");
            let found = session.query(&sums).await.unwrap();
            assert!(found.contains("| 5000 | 12502500 | 25005000 |"), "{found}");
        }
    }
}
