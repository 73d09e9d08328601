//! Tensors of a remote file by range.

use hf_safetensors::Header;
use hf_testhub::{Blob, Listener};
use object_store::ObjectStoreExt as _;

use crate::support::{World, path};

/// A file of two tensors, by the description of the format, and the bytes of the smaller one.
fn shard() -> (Vec<u8>, Vec<u8>) {
    let (large, small) = (vec![1_u8; 1_600_000], vec![7_u8; 64]);
    let header = format!(
        r#"{{"weight":{{"dtype":"U8","shape":[1600,1000],"data_offsets":[0,{0}]}},"bias":{{"dtype":"U8","shape":[64],"data_offsets":[{0},{1}]}}}}"#,
        large.len(),
        large.len() + small.len()
    );
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.extend_from_slice(&large);
    file.extend_from_slice(&small);
    (file, small)
}

#[tokio::test]
async fn one_tensor_of_a_remote_shard_is_read_without_the_others() {
    let (file, bias) = shard();
    let world = World::with([("model.safetensors", Blob::from(file))]).await;
    let store = world.store();
    let file = path("model.safetensors");
    let length = store.get_range(&file, 0..8).await.unwrap();
    let length = u64::from_le_bytes(length[..].try_into().unwrap());
    let beginning = store.get_range(&file, 0..8 + length).await.unwrap();
    let header = Header::parse(&beginning).unwrap();
    let tensor = header.tensor("bias").unwrap();
    let read = store.get_range(&file, tensor.file_range()).await.unwrap();
    assert_eq!(read, bias);
    let sent = world.hub.bytes_sent(Listener::Bridge) + world.hub.bytes_sent(Listener::Storage);
    assert!(sent < 2_000, "{sent}");
}
