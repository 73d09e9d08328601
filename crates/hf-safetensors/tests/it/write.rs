//! Written files: byte for byte those of the reference and of Python.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use hf_safetensors::write::{
    TensorData, WriteTensor, serialize, serialize_to_file, serialize_to_writer,
};
use hf_safetensors::{Dtype, Rule, SafeTensors};
use proptest::prelude::*;
use safetensors::tensor::TensorView;

use crate::support::{compare, reference};

fn their_dtype(dtype: Dtype) -> safetensors::Dtype {
    let name = format!("\"{dtype}\"");
    serde_json::from_str(&name).unwrap()
}

#[test]
fn the_file_of_python_is_written_again() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/python-dtypes.safetensors");
    let python = fs::read(path).unwrap();
    let read = SafeTensors::parse(&python).unwrap();
    let metadata = BTreeMap::from([("format".to_owned(), "np".to_owned())]);
    let tensors: Vec<_> = read.tensors().map(Result::unwrap).collect();
    let again = tensors.iter().rev().map(|tensor| (tensor.name(), tensor));
    assert_eq!(serialize(again, Some(&metadata)).unwrap(), python);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_bytes_as_the_reference(
        tensors in prop::collection::btree_map(
            prop_oneof!["[a-z.]{0,6}", any::<String>()],
            (prop::sample::select(Dtype::ALL), prop::collection::vec(0usize..4, 0..3)),
            0..8,
        ),
        metadata in prop::option::of(prop::collection::btree_map(any::<String>(), any::<String>(), 0..2)),
    ) {
        let tensors: Vec<_> = tensors.into_iter().map(|(name, (dtype, mut shape))| {
            shape.push(4);
            let len = shape.iter().product::<usize>() * dtype.bits() as usize / 8;
            let data: Vec<u8> = (0..len).map(|i| u8::try_from(i % 256).unwrap()).collect();
            (name, dtype, shape, data)
        }).collect();
        let ours = tensors.iter().map(|(name, dtype, shape, data)| (name, TensorData::new(*dtype, shape, data).unwrap()));
        let ours = serialize(ours, metadata.as_ref()).unwrap();
        let theirs = tensors.iter().map(|(name, dtype, shape, data)| {
            (name, TensorView::new(their_dtype(*dtype), shape.clone(), data).unwrap())
        });
        let metadata = metadata.map(|metadata| metadata.into_iter().collect::<HashMap<_, _>>());
        let theirs = safetensors::serialize(theirs, metadata).unwrap();
        if tensors.is_empty() && ours.windows(4).any(|end| end == b":{}}") {
            // Empty metadata and no tensors: the reference writes what is no
            // JSON. Ours can be read.
            prop_assert!(reference(&theirs).is_none());
            prop_assert!(compare(&ours));
            return Ok(());
        }
        prop_assert_eq!(&ours, &theirs);
        prop_assert!(compare(&ours));
        let read = SafeTensors::parse(&theirs).unwrap();
        for (name, _, _, data) in &tensors {
            prop_assert_eq!(read.tensor(name).unwrap().data(), &data[..]);
        }
    }
}

/// Says one length and gives another.
struct Odd(usize);

impl WriteTensor for Odd {
    fn dtype(&self) -> Dtype {
        Dtype::U8
    }

    fn shape(&self) -> &[usize] {
        &[4]
    }

    fn write_data(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&vec![7; self.0])
    }
}

#[test]
fn a_tensor_gives_as_many_bytes_as_it_says() {
    for (given, accepted) in [(3, false), (4, true), (5, false)] {
        let mut out = Vec::new();
        match serialize_to_writer([("odd", Odd(given))], None, &mut out) {
            Ok(len) => {
                assert!(accepted);
                assert_eq!(len, out.len() as u64);
            }
            Err(error) => {
                assert!(!accepted);
                assert_eq!(
                    error.rule(),
                    &Rule::Written {
                        needed: 4,
                        len: given as u64
                    }
                );
                assert_eq!(error.tensor(), Some("odd"));
            }
        }
    }
}

#[test]
fn what_cannot_be_written() {
    let tensor = TensorData::new(Dtype::U8, &[1], &[0]).unwrap();
    let twice = serialize([("a", tensor), ("a", tensor)], None).unwrap_err();
    assert_eq!(
        (twice.rule(), twice.tensor()),
        (&Rule::DuplicateTensor, Some("a"))
    );
    let reserved = serialize([("__metadata__", tensor)], None).unwrap_err();
    assert_eq!(reserved.rule(), &Rule::ReservedName);
    let short = TensorData::new(Dtype::F32, &[2], &[0; 4]).unwrap_err();
    assert_eq!(short.rule(), &Rule::Written { needed: 8, len: 4 });
    let half = TensorData::new(Dtype::F4, &[1], &[0]).unwrap_err();
    assert_eq!(half.rule(), &Rule::NotWholeBytes { bits: 4 });
    let large = TensorData::new(Dtype::F32, &[usize::MAX, 2], &[]).unwrap_err();
    assert!(matches!(large.rule(), Rule::ShapeOverflow { .. }));
    let name = "n".repeat(100_000_000);
    let header = serialize([(name, tensor)], None).unwrap_err();
    assert!(matches!(header.rule(), Rule::HeaderTooLarge { .. }));
}

#[test]
fn a_file_is_replaced_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    serialize_to_file([("old", Odd(4))], None, &path).unwrap();
    let old = fs::read(&path).unwrap();
    let error = serialize_to_file([("new", Odd(3))], None, &path).unwrap_err();
    assert!(error.file().unwrap().ends_with("model.safetensors"));
    assert_eq!(fs::read(&path).unwrap(), old);
    let elements = [1.0f64, 2.0];
    let tensor = TensorData::from_elements(&[2], &elements).unwrap();
    let len = serialize_to_file([("new", tensor)], None, &path).unwrap();
    let new = fs::read(&path).unwrap();
    assert_eq!(new.len() as u64, len);
    assert_eq!(
        SafeTensors::parse(&new)
            .unwrap()
            .tensor("new")
            .unwrap()
            .to_vec::<f64>()
            .unwrap(),
        elements
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    let nowhere = serialize_to_file([("a", Odd(4))], None, folder.path().join("no/a")).unwrap_err();
    assert_eq!(nowhere.rule(), &Rule::Io);
}
