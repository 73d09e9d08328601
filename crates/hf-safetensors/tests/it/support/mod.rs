//! Files made for tests, and both readers side by side.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::panic::catch_unwind;

use hf_safetensors::{Header, Options, SafeTensors};

/// A file: length, header, `data` bytes of data.
pub fn file(json: impl AsRef<[u8]>, data: usize) -> Vec<u8> {
    let json = json.as_ref();
    let mut file = (json.len() as u64).to_le_bytes().to_vec();
    file.extend(json);
    file.extend((0..data).map(|i| u8::try_from(i % 251).unwrap()));
    file
}

type Reference = safetensors::tensor::Metadata;

/// The reference on the same bytes. It adds without a check (a panic in this
/// profile, a wrong length in release): both mean refused.
pub fn reference(file: &[u8]) -> Option<Reference> {
    let quiet = catch_unwind(|| safetensors::SafeTensors::read_metadata(file));
    quiet.ok()?.ok().map(|(_, metadata)| metadata)
}

/// Both readers accept or refuse alike, and see the same; and what strict
/// accepts, compatible accepts.
pub fn compare(file: &[u8]) -> bool {
    // The one thing that compatible mode accepts beyond the reference is left out.
    let ours = Options::compatible().scalar_metadata(false).tensors(file);
    let theirs = reference(file);
    match (&ours, &theirs) {
        (Ok(ours), Some(theirs)) => same(ours.header(), theirs),
        (Err(_), None) => {}
        (Ok(_), None) => panic!("accepted, the reference refuses: {}", show(file)),
        (Err(error), Some(_)) => panic!("{error}; the reference accepts: {}", show(file)),
    }
    let strict = SafeTensors::parse(file);
    assert!(
        strict.is_err() || ours.is_ok(),
        "strict accepts more: {}",
        show(file)
    );
    if let (Ok(strict), Some(theirs)) = (&strict, &theirs) {
        same(strict.header(), theirs);
    }
    ours.is_ok()
}

fn show(file: &[u8]) -> String {
    String::from_utf8_lossy(file).into_owned()
}

fn same(ours: &Header<'_>, theirs: &Reference) {
    assert_eq!(ours.len(), theirs.tensors().len());
    assert_eq!(ours.data_len(), theirs.data_len() as u64);
    for (name, info) in theirs.tensors() {
        let tensor = ours.tensor(&name).unwrap();
        assert_eq!(tensor.name(), name);
        assert_eq!(tensor.dtype().unwrap().to_string(), info.dtype.to_string());
        assert_eq!(
            tensor.dtype().unwrap().bits() as usize,
            info.dtype.bitsize()
        );
        assert_eq!(tensor.shape(), info.shape);
        let (begin, end) = info.data_offsets;
        assert_eq!(tensor.data_offsets(), (begin as u64, end as u64));
    }
    let mut order: Vec<_> = theirs.offset_keys();
    let mut ours_order: Vec<_> = ours.tensors().map(|t| t.name().to_owned()).collect();
    if ours.tensors().any(|tensor| tensor.byte_len() == 0) {
        // The reference orders empty tensors at one place by chance.
        order.sort();
        ours_order.sort();
    }
    assert_eq!(ours_order, order);
    let names: Vec<_> = ours
        .tensors_by_name()
        .map(|t| t.name().to_owned())
        .collect();
    order.sort();
    assert_eq!(names, order);
    let metadata = theirs.metadata();
    assert_eq!(ours.has_metadata(), metadata.is_some());
    let metadata = metadata.clone().unwrap_or_default();
    assert_eq!(ours.metadata().len(), metadata.len());
    for (key, value) in &metadata {
        assert_eq!(ours.metadata_value(key), Some(value.as_str()));
    }
}
