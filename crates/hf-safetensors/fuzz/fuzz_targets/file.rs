//! Any bytes as a file: its tensors, parts of them, and written again.
#![no_main]

use std::collections::BTreeMap;

use hf_safetensors::write::serialize;
use hf_safetensors::{Element, Options, SafeTensors, Tensor};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/support/mod.rs"]
mod support;

fuzz_target!(|file: &[u8]| {
    support::compare(file);
    let Ok(read) = Options::compatible().tensors(file) else {
        return;
    };
    let (at, len) = (usize::from(file[0]) % 3, usize::from(file[1]) % 3);
    for tensor in read.tensors().map(Result::unwrap) {
        elements::<bool>(&tensor);
        elements::<u8>(&tensor);
        elements::<f32>(&tensor);
        elements::<[f32; 2]>(&tensor);
        elements::<half::bf16>(&tensor);
        let _ = tensor.as_slice::<u64>();
        if let Ok(part) = tensor.slice(tensor.shape().iter().map(|_| at..at + len)) {
            let chunks: usize = part.chunks().map(<[u8]>::len).sum();
            let count: usize = part.shape().iter().product();
            assert_eq!(chunks * 8, count * tensor.dtype().bits() as usize);
            assert_eq!(part.data().len(), chunks);
        }
        assert_eq!(tensor.slice([..]).map_or(tensor.data().len(), |all| all.data().len()), tensor.data().len());
    }
    let metadata: BTreeMap<String, String> = read
        .header()
        .metadata()
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    let metadata = read.header().has_metadata().then_some(&metadata);
    let tensors = read.tensors().map(|tensor| {
        let tensor = tensor.unwrap();
        (tensor.name(), tensor)
    });
    let written = serialize(tensors, metadata).unwrap();
    let again = SafeTensors::parse(&written).unwrap();
    for tensor in read.tensors().map(Result::unwrap) {
        let other = again.tensor(tensor.name()).unwrap();
        assert_eq!(tensor.dtype(), other.dtype());
        assert_eq!(tensor.shape(), other.shape());
        assert_eq!(tensor.data(), other.data());
    }
    assert!(read.header().metadata().eq(again.header().metadata()));
});

fn elements<T: Element>(tensor: &Tensor<'_>) {
    if let Ok(elements) = tensor.to_vec::<T>() {
        assert_eq!(size_of_val(&elements[..]), tensor.data().len());
    }
}
