//! A Delta table in a bucket, and one in a dataset.

use std::sync::Arc;

use deltalake_core::arrow::array::{Int64Array, RecordBatch};
use deltalake_core::arrow::datatypes::{DataType as ArrowType, Field, Schema};
use deltalake_core::kernel::{DataType, PrimitiveType};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::parquet::arrow::ParquetRecordBatchStreamBuilder;
use deltalake_core::parquet::arrow::async_reader::ParquetObjectReader;
use deltalake_core::writer::{DeltaWriter as _, RecordBatchWriter};
use deltalake_core::{DeltaTable, open_table};
use engine_support::World;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use tokio::sync::Mutex;
use url::Url;

/// delta-rs keeps the stores of a scheme for the whole process: one test after the other uses them.
static TURN: Mutex<()> = Mutex::const_new(());

fn batch(values: std::ops::Range<i64>) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("value", ArrowType::Int64, true)]);
    let values = Arc::new(Int64Array::from_iter_values(values));
    RecordBatch::try_new(Arc::new(schema), vec![values]).unwrap()
}

async fn append(table: &mut DeltaTable, values: std::ops::Range<i64>) {
    let mut writer = RecordBatchWriter::for_table(table).unwrap();
    writer.write(batch(values)).await.unwrap();
    writer.flush_and_commit(table).await.unwrap();
}

/// Returns the sum of all values, read from the files of the present version.
async fn sum(table: &DeltaTable, url: &str) -> i64 {
    let mut sum = 0;
    for file in table.get_file_uris().unwrap() {
        let path = file.strip_prefix(url).unwrap().trim_start_matches('/');
        let reader = ParquetObjectReader::new(table.object_store(), Path::from(path));
        let stream = ParquetRecordBatchStreamBuilder::new(reader).await.unwrap();
        let batches: Vec<RecordBatch> = stream.build().unwrap().try_collect().await.unwrap();
        for batch in batches {
            let values = batch.column(0).as_any().downcast_ref::<Int64Array>();
            sum += values.unwrap().values().iter().sum::<i64>();
        }
    }
    sum
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_written_appended_to_and_read_by_another_session() {
    let _turn = TURN.lock().await;
    let world = World::with(&["user/data"]).await;
    engine_delta::register(world.builder());
    for url in [
        "hf://buckets/user/bucket/table",
        "hf://datasets/user/data/table",
    ] {
        let mut table = CreateBuilder::new()
            .with_location(url)
            .with_column(
                "value",
                DataType::Primitive(PrimitiveType::Long),
                true,
                None,
            )
            .await
            .unwrap();
        append(&mut table, 0..1_000).await;
        append(&mut table, 1_000..2_000).await;
        assert_eq!(table.version(), Some(2));

        // Another store, which knows nothing yet.
        let mut other = open_table(Url::parse(url).unwrap()).await.unwrap();
        assert_eq!(other.version(), Some(2));
        assert_eq!(sum(&other, url).await, (0..2_000).sum::<i64>());
        other.load_version(1).await.unwrap();
        assert_eq!(sum(&other, url).await, (0..1_000).sum::<i64>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_was_written_by_others_is_not_overwritten() {
    let _turn = TURN.lock().await;
    let world = World::with(&["user/data"]).await;
    engine_delta::register(world.builder());
    for url in [
        "hf://buckets/user/bucket/shared",
        "hf://datasets/user/data/shared",
    ] {
        let mut first = CreateBuilder::new()
            .with_location(url)
            .with_column(
                "value",
                DataType::Primitive(PrimitiveType::Long),
                true,
                None,
            )
            .await
            .unwrap();
        let mut second = open_table(Url::parse(url).unwrap()).await.unwrap();
        append(&mut first, 0..10).await;
        // It has seen version 0, finds that 1 is taken, and becomes 2.
        append(&mut second, 10..20).await;
        assert_eq!(second.version(), Some(2));
        assert_eq!(sum(&second, url).await, (0..20).sum::<i64>());
    }
}

#[test]
fn the_code_of_the_page_is_what_is_built_here() {
    let page = include_str!("../../../../crates/hf-object-store/docs/delta.md");
    let code = include_str!("../src/lib.rs");
    assert!(page.contains(&format!("```rust,no_run\n{code}```\n")));
}
