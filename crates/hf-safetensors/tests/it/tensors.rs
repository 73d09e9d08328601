//! Tensors: views, elements, parts; from memory, read, mapped; real headers.

#![allow(clippy::single_range_in_vec_init)] // ranges are what is meant

use std::fs;
use std::path::{Path, PathBuf};

use hf_safetensors::{Dtype, Options, Rule, SafeTensors, Span, TensorFile};
use proptest::prelude::*;

use crate::support::{compare, file};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name)
}

#[test]
fn files_of_the_python_package() {
    let bytes = fs::read(data("python-dtypes.safetensors")).unwrap();
    assert!(compare(&bytes));
    let read = SafeTensors::parse(&bytes).unwrap();
    let get = |name: &str| read.tensor(name).unwrap();
    assert_eq!(
        get("f32").to_vec::<f32>().unwrap(),
        [0., 1., 2., 3., 4., 5.]
    );
    assert_eq!(get("f32").shape(), [2, 3]);
    assert_eq!(get("f64").to_vec::<f64>().unwrap(), [1.5, -2.5]);
    assert_eq!(get("c64").to_vec::<[f32; 2]>().unwrap(), [[1., 2.]]);
    assert_eq!(get("i64").to_vec::<i64>().unwrap(), [-7]);
    assert_eq!(get("i64").shape(), [0; 0]);
    assert_eq!(get("u64").to_vec::<u64>().unwrap(), [u64::MAX]);
    assert_eq!(get("i32").to_vec::<i32>().unwrap(), [1, 2]);
    assert_eq!(get("u32").to_vec::<u32>().unwrap(), [u32::MAX]);
    assert_eq!(get("i16").to_vec::<i16>().unwrap(), [-3]);
    assert_eq!(get("u16").to_vec::<u16>().unwrap(), [u16::MAX]);
    assert_eq!(get("i8").to_vec::<i8>().unwrap(), [-1, 0, 1]);
    assert_eq!(get("u8").as_slice::<u8>().unwrap(), [255]);
    assert_eq!(get("bool").to_vec::<bool>().unwrap(), [true, false]);
    assert_eq!(get("empty").shape(), [0, 4]);
    assert!(get("empty").data().is_empty());
    assert_eq!(get("tab\t\"é😀").data(), [1]);
    assert_eq!(
        read.header().metadata().collect::<Vec<_>>(),
        [("format", "np")]
    );
    assert!(compare(
        &fs::read(data("python-empty.safetensors")).unwrap()
    ));
}

#[cfg(feature = "half")]
#[test]
fn half_precision() {
    let bytes = fs::read(data("python-dtypes.safetensors")).unwrap();
    let read = SafeTensors::parse(&bytes).unwrap();
    let values = read.tensor("f16").unwrap().to_vec::<half::f16>().unwrap();
    assert_eq!(
        values
            .iter()
            .map(|value| value.to_f32())
            .collect::<Vec<_>>(),
        [0.5, 1.0, 2.0]
    );
    assert!(read.tensor("f16").unwrap().to_vec::<half::bf16>().is_err());
}

#[test]
fn real_headers() {
    let mut seen = 0;
    for entry in fs::read_dir(data("")).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".header.json") {
            continue;
        }
        seen += 1;
        let json = fs::read(&path).unwrap();
        let header = Options::strict().parse_json(&json).unwrap();
        let bytes = usize::try_from(header.data_len()).unwrap();
        assert!(bytes > 0, "{path:?}");
        assert!(compare(&file(&json, bytes)), "{path:?}");
        let read = Options::strict().read(&file(&json, 0)[..]).unwrap();
        assert_eq!(read.as_json().as_bytes(), json);
        assert_eq!(read.len(), header.len());
    }
    assert_eq!(seen, 8);
}

#[test]
fn elements_are_borrowed_where_they_are_aligned() {
    let json = r#"{"a":{"dtype":"U32","shape":[2],"data_offsets":[0,8]}}"#;
    let json = format!("{json:<56}");
    let bytes = file(&json, 8);
    // One of four offsets is aligned, whatever the allocation.
    let mut borrowed = 0;
    for offset in 0..4 {
        let mut moved = vec![0; offset];
        moved.extend(&bytes);
        let read = SafeTensors::parse(&moved[offset..]).unwrap();
        let a = read.tensor("a").unwrap();
        let expected = [
            u32::from_le_bytes([0, 1, 2, 3]),
            u32::from_le_bytes([4, 5, 6, 7]),
        ];
        match a.as_slice::<u32>() {
            Ok(elements) => {
                borrowed += 1;
                assert_eq!(elements, expected);
            }
            Err(error) => assert_eq!(error.rule(), &Rule::Misaligned { align: 4 }),
        }
        assert_eq!(a.elements::<u32>().unwrap()[..], expected);
        assert_eq!(a.to_vec::<u32>().unwrap(), expected);
        let error = a.as_slice::<f32>().unwrap_err();
        assert_eq!(
            error.rule(),
            &Rule::WrongDtype {
                found: Dtype::U32,
                requested: "f32"
            }
        );
        assert_eq!(error.tensor(), Some("a"));
    }
    assert_eq!(borrowed, 1);
}

#[test]
fn parts() {
    let json = r#"{"a":{"dtype":"U8","shape":[3,4,2],"data_offsets":[0,24]},"f":{"dtype":"F4","shape":[2,4],"data_offsets":[24,28]}}"#;
    let bytes = file(json, 28);
    let read = SafeTensors::parse(&bytes).unwrap();
    let a = read.tensor("a").unwrap();
    let part = a
        .slice([Span::from(..), (1..3).into(), (1..=1).into()])
        .unwrap();
    assert_eq!(part.shape(), [3, 2, 1]);
    assert_eq!(part.to_vec::<u8>().unwrap(), [3, 5, 11, 13, 19, 21]);
    assert_eq!(part.chunks().count(), 6);
    let rows = a.slice([1..3]).unwrap();
    assert!(matches!(rows.data(), std::borrow::Cow::Borrowed(data) if data == &a.data()[8..24]));
    assert_eq!(a.slice::<Span>([]).unwrap().data(), a.data());
    assert_eq!(a.slice([3..]).unwrap().shape(), [0, 4, 2]);
    assert!(a.slice([3..]).unwrap().data().is_empty());
    let error = a.slice([0..3, 2..5]).unwrap_err();
    assert_eq!(
        error.rule(),
        &Rule::SliceRange {
            dim: 1,
            start: 2,
            end: 5,
            len: 4
        }
    );
    #[allow(clippy::reversed_empty_ranges)]
    let backwards = a.slice([2..1]);
    assert!(backwards.is_err());
    let error = a.slice([0..1, 0..1, 0..1, 0..1]).unwrap_err();
    assert_eq!(error.rule(), &Rule::SliceRank { ranges: 4, rank: 3 });

    let f = read.tensor("f").unwrap();
    assert_eq!(f.slice([0..2, 2..4]).unwrap().data().as_ref(), [25, 27]);
    let error = f.slice([0..2, 1..3]).unwrap_err();
    assert_eq!(error.rule(), &Rule::NotWholeBytes { bits: 4 });
}

#[test]
fn a_file_is_read_as_asked_for() {
    let file = TensorFile::open(data("python-dtypes.safetensors")).unwrap();
    assert_eq!(file.read("i8").unwrap(), [255, 0, 1]);
    assert!(file.read("empty").unwrap().is_empty());
    let (slice, bytes) = file.read_slice("f32", [0..2, 1..2]).unwrap();
    assert_eq!(slice.shape(), [2, 1]);
    assert_eq!(bytes, [1f32.to_le_bytes(), 4f32.to_le_bytes()].concat());
    let error = file.read("nothing").unwrap_err();
    assert_eq!(error.rule(), &Rule::TensorNotFound);
    assert!(error.file().unwrap().ends_with("python-dtypes.safetensors"));
    assert_eq!(error.tensor(), Some("nothing"));
    let error = file.read_into("u8", &mut [0; 2]).unwrap_err();
    assert_eq!(error.rule(), &Rule::BufferLength { needed: 1, len: 2 });
    let error = TensorFile::open(data("missing.safetensors")).unwrap_err();
    assert_eq!(error.rule(), &Rule::Io);
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_file_that_is_cut_while_open_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    fs::copy(data("python-plain.safetensors"), &path).unwrap();
    let file = TensorFile::open(&path).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(70)
        .unwrap();
    let error = file.read("a").unwrap_err();
    assert_eq!((error.rule(), error.tensor()), (&Rule::Io, Some("a")));
    let error = TensorFile::open(&path).unwrap_err();
    assert_eq!(
        error.rule(),
        &Rule::FileLength {
            expected: 80,
            len: 70
        }
    );
}

#[cfg(feature = "mmap")]
#[allow(unsafe_code)]
#[test]
fn a_mapped_file() {
    // SAFETY: the file belongs to the tests, which do not change it.
    let file =
        unsafe { hf_safetensors::MappedFile::open(data("python-plain.safetensors")) }.unwrap();
    assert_eq!(
        file.tensor("a").unwrap().as_slice::<i32>().unwrap(),
        [0, 1, 2, 3]
    );
    assert_eq!(file.tensors().len(), 1);
    assert_eq!(file.tensor("b").unwrap_err().rule(), &Rule::TensorNotFound);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_are_those_of_the_reference(
        dims in prop::collection::vec((1usize..5, any::<(u8, u8)>()), 0..5),
        dtype in prop::sample::select(vec![(Dtype::U8, 8), (Dtype::F4, 4), (Dtype::F6_E2M3, 6), (Dtype::U32, 32)]),
    ) {
        use safetensors::slice::TensorIndexer;
        use std::num::NonZeroUsize;
        use std::ops::Bound;

        let (dtype, bits) = dtype;
        let shape: Vec<_> = dims.iter().map(|(dim, _)| *dim).collect();
        let count: usize = shape.iter().product();
        prop_assume!((count * bits).is_multiple_of(8));
        let ranges: Vec<_> = dims.iter().map(|&(dim, (a, b))| {
            let start = usize::from(a) % dim;
            start..start + 1 + usize::from(b) % (dim - start)
        }).collect();
        let end = count * bits / 8;
        let json = format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[0,{end}]}}}}"#);
        let bytes = file(json, end);
        let ours = SafeTensors::parse(&bytes).unwrap();
        let ours = ours.tensor("a").unwrap();
        let theirs = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let theirs = theirs.tensor("a").unwrap();
        let indexers: Vec<_> = ranges.iter()
            .map(|range| TensorIndexer::Narrow(Bound::Included(range.start), Bound::Excluded(range.end), NonZeroUsize::MIN))
            .collect();
        match (ours.slice(ranges), theirs.sliced_data(&indexers)) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert_eq!(ours.shape(), theirs.newshape());
                let chunks: Vec<u8> = theirs.flatten().copied().collect();
                prop_assert_eq!(ours.data().into_owned(), chunks);
            }
            (Err(_), Err(_)) => {}
            // The reference counts the bits of a run only as far as it is
            // asked to; ours refuses no more than what cuts a byte.
            (Ok(ours), Err(_)) => prop_assert!(ours.chunks().all(|chunk| !chunk.is_empty())),
            (Err(error), Ok(_)) => {
                let cut = matches!(error.rule(), Rule::NotWholeBytes { .. });
                prop_assert!(cut, "{}", error);
            }
        }
    }
}
