//! Tensors of a sharded model by range, over the store that an engine has.

use engine_support::World;
use hf_safetensors::write::{TensorData, serialize};
use hf_safetensors::{Dtype, Header, Options};
use hf_testhub::{Op, RepoType};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};

/// Reads one tensor: the index, then the header of its shard, then its bytes.
async fn read(store: &dyn ObjectStore, model: &str, name: &str) -> Vec<u8> {
    let file = |name: &str| Path::from(format!("{model}/{name}"));
    let index = store.get(&file("model.safetensors.index.json")).await;
    let index = index.unwrap().bytes().await.unwrap();
    let index = Options::strict().parse_index(&index).unwrap();
    let shard = file(index.shard_of(name).unwrap().as_str());
    let length = store.get_range(&shard, 0..8).await.unwrap();
    let length = u64::from_le_bytes(length[..].try_into().unwrap());
    let beginning = store.get_range(&shard, 0..8 + length).await.unwrap();
    let header = Header::parse(&beginning).unwrap();
    let range = header.tensor(name).unwrap().file_range();
    store.get_range(&shard, range).await.unwrap().to_vec()
}

#[tokio::test]
async fn one_tensor_of_a_sharded_model_is_read_without_the_others() {
    let world = World::with(&[]).await;
    let model = world.hub.create_repo(RepoType::Model, "user/model");
    let (large, small) = (vec![1_u8; 2_000_000], vec![7_u8; 64]);
    let tensor = |shape, bytes| TensorData::new(Dtype::U8, shape, bytes).unwrap();
    let shards = [
        ("a", vec![("a.weight", tensor(&[2_000_000], &large))]),
        (
            "b",
            vec![
                ("b.weight", tensor(&[2_000_000], &large)),
                ("b.bias", tensor(&[64], &small)),
            ],
        ),
    ];
    let mut files = Vec::new();
    let mut weights = Vec::new();
    for (name, tensors) in shards {
        let file = format!("{name}.safetensors");
        for (tensor, _) in &tensors {
            weights.push(format!("{tensor:?}:{file:?}"));
        }
        files.push(Op::add(file, serialize(tensors, None).unwrap()));
    }
    let index = format!(r#"{{"weight_map":{{{}}}}}"#, weights.join(","));
    files.push(Op::add("model.safetensors.index.json", index.into_bytes()));
    world.hub.commit(&model, "model", files);
    world.hub.clear_requests();
    let models = world.root("hf://user");
    assert_eq!(read(&models, "model", "b.bias").await, small);
    let read = world.bytes_read();
    println!("a tensor of 64 bytes in a model of 4 MB: {read} bytes");
    assert!(read < 10_000, "{read}");
}
