//! Sharded checkpoints and the metadata of repositories.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use hf_safetensors::metadata::{
    Prefix, SafetensorsFileMetadata, SafetensorsRepoMetadata, TensorInfo,
};
use hf_safetensors::shards::{INDEX_FILE, Problem, SINGLE_FILE, ShardName, Sharded};
use hf_safetensors::{Dtype, Header, Options, Rule, TensorFile};

use crate::support::file;

/// A shard with tensors of two bytes each.
fn shard(names: &[&str]) -> Vec<u8> {
    let tensors: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let (begin, end) = (2 * i, 2 * i + 2);
            format!(r#""{name}":{{"dtype":"I16","shape":[1],"data_offsets":[{begin},{end}]}}"#)
        })
        .collect();
    file(format!("{{{}}}", tensors.join(",")), 2 * names.len())
}

fn folder(index: &str, shards: &[(&str, &[&str])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(INDEX_FILE), index).unwrap();
    for (name, tensors) in shards {
        fs::write(folder.path().join(name), shard(tensors)).unwrap();
    }
    folder
}

const INDEX: &str =
    r#"{"metadata":{"total_size":6},"weight_map":{"a":"1.st","b":"1.st","c":"2.st"}}"#;

#[test]
fn tensors_are_found_across_shards() {
    let folder = folder(INDEX, &[("1.st", &["a", "b"]), ("2.st", &["c"])]);
    let sharded = Sharded::open(folder.path().join(INDEX_FILE)).unwrap();
    assert_eq!(sharded.read("b").unwrap(), [2, 3]);
    assert_eq!(sharded.read("c").unwrap(), [0, 1]);
    assert_eq!(sharded.entry("c").unwrap().dtype(), Some(Dtype::I16));
    assert_eq!(sharded.read("d").unwrap_err().rule(), &Rule::TensorNotFound);
    assert_eq!(sharded.files().len(), 2);
    assert!(sharded.problems().is_empty());
}

#[test]
fn shards_that_are_named_as_a_shell_does_are_found() {
    let index = r#"{"weight_map":{"a":"./1.st","b":"1.st","c":"././2.st"}}"#;
    let folder = folder(index, &[("1.st", &["a", "b"]), ("2.st", &["c"])]);
    let sharded = Sharded::open(folder.path().join(INDEX_FILE)).unwrap();
    assert_eq!(sharded.read("a").unwrap(), [0, 1]);
    assert_eq!(sharded.read("c").unwrap(), [0, 1]);
    let names: Vec<_> = sharded
        .index()
        .shards()
        .iter()
        .map(ShardName::as_str)
        .collect();
    assert_eq!(names, ["1.st", "2.st"]);
}

#[test]
fn what_is_in_a_folder_is_opened_sharded_or_not() {
    let sharded = folder(INDEX, &[("1.st", &["a", "b"]), ("2.st", &["c"])]);
    let single = tempfile::tempdir().unwrap();
    let file = single.path().join(SINGLE_FILE);
    fs::write(&file, shard(&["c", "a", "b"])).unwrap();
    for folder in [sharded.path(), single.path()] {
        let model = Sharded::open_folder(folder).unwrap();
        let names: Vec<_> = model.tensors().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert!(
            model
                .tensors()
                .all(|(name, tensor)| tensor.name() == name && tensor.shape() == [1])
        );
        assert_eq!(model.read("b").unwrap().len(), 2);
    }
    assert_eq!(TensorFile::open(&file).unwrap().into_path(), file);
    let empty = tempfile::tempdir().unwrap();
    let error = Sharded::open_folder(empty.path()).unwrap_err();
    assert!(error.to_string().contains(SINGLE_FILE), "{error}");
}

#[cfg(feature = "mmap")]
#[allow(unsafe_code)]
#[test]
fn tensors_are_found_across_mapped_shards() {
    let folder = folder(INDEX, &[("1.st", &["a", "b"]), ("2.st", &["c"])]);
    // SAFETY: nobody else knows the folder.
    let sharded = unsafe { Options::strict().map_sharded(folder.path().join(INDEX_FILE)) }.unwrap();
    assert_eq!(sharded.tensor("b").unwrap().data(), [2, 3]);
}

fn problems(index: &str, shards: &[(&str, &[&str])]) -> (Vec<Problem>, bool) {
    let folder = folder(index, shards);
    let path = folder.path().join(INDEX_FILE);
    let error = Sharded::open(&path).unwrap_err();
    let Rule::Shards { problems } = error.rule() else {
        panic!("{error}");
    };
    assert!(error.to_string().contains(&problems[0].to_string()));
    (
        problems.clone(),
        Options::compatible().open_sharded(&path).is_ok(),
    )
}

#[test]
fn index_and_headers_are_checked_against_each_other() {
    let missing = Problem::MissingTensor {
        tensor: "b".into(),
        shard: "1.st".into(),
    };
    let size = |shards| Problem::TotalSize { index: 6, shards };
    assert_eq!(
        problems(INDEX, &[("1.st", &["a"]), ("2.st", &["c"])]),
        (vec![missing, size(4)], false)
    );
    let wrong = Problem::WrongShard {
        tensor: "b".into(),
        shard: "1.st".into(),
        found: "2.st".into(),
    };
    assert_eq!(
        problems(INDEX, &[("1.st", &["a"]), ("2.st", &["b", "c"])]),
        (vec![wrong], false)
    );
    let twice = Problem::StoredTwice {
        tensor: "b".into(),
        shard: "1.st".into(),
        found: "2.st".into(),
    };
    assert_eq!(
        problems(INDEX, &[("1.st", &["a", "b"]), ("2.st", &["b", "c"])]),
        (vec![twice, size(8)], true)
    );
    let extra = Problem::ExtraTensor {
        tensor: "d".into(),
        shard: "2.st".into(),
    };
    assert_eq!(
        problems(INDEX, &[("1.st", &["a", "b"]), ("2.st", &["c", "d"])]),
        (vec![extra, size(8)], true)
    );
    let other = INDEX.replace('6', "7.0");
    let size = Problem::TotalSize {
        index: 7,
        shards: 6,
    };
    assert_eq!(
        problems(&other, &[("1.st", &["a", "b"]), ("2.st", &["c"])]),
        (vec![size], true)
    );

    let folder = folder(INDEX, &[("1.st", &["a", "b"])]);
    let error = Sharded::open(folder.path().join(INDEX_FILE)).unwrap_err();
    assert!(error.file().unwrap().ends_with("2.st"), "{error}");
    let index = Options::strict().parse_index(INDEX.as_bytes()).unwrap();
    let shard = shard(&["a", "b"]);
    let header = Header::parse(&shard).unwrap();
    assert_eq!(
        index.check([("1.st", &header)]),
        [Problem::MissingShard {
            shard: "2.st".into()
        }]
    );
}

#[test]
fn indexes_that_are_refused() {
    let strict = |json: &str| Options::strict().parse_index(json.as_bytes());
    for name in ["../1.st", "/etc/passwd", "a/../../b", "C:\\\\x", "nul"] {
        let json = format!(r#"{{"weight_map":{{"a":"{name}"}}}}"#);
        assert!(
            matches!(strict(&json).unwrap_err().rule(), Rule::ShardName { .. }),
            "{name}"
        );
        assert!(Options::compatible().parse_index(json.as_bytes()).is_err());
        let folder = folder(&json, &[]);
        assert!(Sharded::open(folder.path().join(INDEX_FILE)).is_err());
    }
    for json in [
        "",
        "[]",
        "{}",
        r#"{"weight_map":[]}"#,
        r#"{"weight_map":{"a":1}}"#,
        r#"{"metadata":[],"weight_map":{}}"#,
        "{\"weight_map\":{}}x",
        "\u{0}",
    ] {
        let error = strict(json).unwrap_err();
        assert!(matches!(error.rule(), Rule::Index { .. }), "{error}");
    }
    let twice = r#"{"weight_map":{"a":"1","a":"2"}}"#;
    let error = strict(twice).unwrap_err();
    assert_eq!(
        (error.rule(), error.tensor()),
        (&Rule::DuplicateTensor, Some("a"))
    );
    let last = Options::compatible().parse_index(twice.as_bytes()).unwrap();
    assert_eq!(last.shard_of("a").unwrap().as_str(), "2");
    assert_eq!(last.shards().len(), 1);
}

#[test]
fn real_indexes() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for (name, tensors, shards, size) in [
        (
            "qwen-7B-chat-cantonese.model.safetensors.index.json",
            259,
            8,
            15_442_649_088,
        ),
        (
            "granite-3b-code-instruct-128k.model.safetensors.index.json",
            514,
            2,
            6_965_007_360,
        ),
    ] {
        let json = fs::read(data.join(name)).unwrap();
        let index = Options::strict().parse_index(&json).unwrap();
        assert_eq!(index.weight_map().len(), tensors);
        assert_eq!(index.shards().len(), shards);
        assert_eq!(index.total_size(), Some(size));
    }
}

#[test]
fn metadata_of_a_file_and_of_a_repository() {
    let json = r#"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"s":{"dtype":"NEW","shape":[],"data_offsets":[24,25]}}"#;
    let file = file(json, 25);
    let options = Options::metadata();
    for (len, need) in [(0, 8), (7, 8), (8, 8 + json.len()), (100, 8 + json.len())] {
        let prefix = SafetensorsFileMetadata::from_prefix(&file[..len], options).unwrap();
        assert_eq!(prefix, Prefix::Needs(need as u64));
    }
    let Prefix::Complete(metadata) = SafetensorsFileMetadata::from_prefix(&file, options).unwrap()
    else {
        panic!("complete");
    };
    assert_eq!(metadata.metadata["format"], "pt");
    assert_eq!(metadata.tensors["w"].shape, [2, 3]);
    assert_eq!(metadata.tensors["w"].parameter_count, 6);
    assert_eq!(metadata.parameter_count[&"NEW".into()], 1);
    assert!(SafetensorsFileMetadata::from_prefix(&[255; 8], options).is_err());

    let single = SafetensorsRepoMetadata::single(metadata.clone());
    assert_eq!(single.weight_map["w"], "model.safetensors");
    let written = serde_json::to_value(&single).unwrap();
    assert_eq!(
        written,
        serde_json::json!({
            "metadata": null, "sharded": false,
            "weight_map": {"s": "model.safetensors", "w": "model.safetensors"},
            "files_metadata": {"model.safetensors": {
                "metadata": {"format": "pt"},
                "tensors": {
                    "s": {"dtype": "NEW", "shape": [], "data_offsets": [24, 25], "parameter_count": 1},
                    "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24], "parameter_count": 6},
                },
                "parameter_count": {"F32": 6, "NEW": 1},
            }},
            "parameter_count": {"F32": 6, "NEW": 1},
        })
    );
    let read: SafetensorsRepoMetadata = serde_json::from_value(written).unwrap();
    assert_eq!(read, single);

    let index = br#"{"metadata":{"total_size":50},"weight_map":{"w":"1","s":"2"}}"#;
    let index = Options::strict().parse_index(index).unwrap();
    let files = BTreeMap::from([
        ("1".to_owned(), metadata.clone()),
        ("2".to_owned(), metadata),
    ]);
    let sharded = SafetensorsRepoMetadata::sharded(&index, files.clone()).unwrap();
    assert_eq!(sharded.parameter_count[&Dtype::F32.into()], 12);
    assert_eq!(sharded.weight_map["s"], "2");
    assert_eq!(sharded.metadata.unwrap()["total_size"], 50);
    let derived = SafetensorsRepoMetadata::from_headers(None, files).unwrap();
    assert_eq!(derived.weight_map["s"], "2");
}

#[test]
fn counts_that_overflow_are_errors() {
    let error = TensorInfo::new(Dtype::U8, vec![u64::MAX, 2], (0, 0)).unwrap_err();
    assert_eq!(error.rule(), &Rule::CountOverflow);
    let large = TensorInfo::new("NEW", vec![u64::MAX], (0, 0)).unwrap();
    let tensors = BTreeMap::from([
        ("a".to_owned(), large.clone()),
        ("b".to_owned(), large.clone()),
    ]);
    let error = SafetensorsFileMetadata::new(BTreeMap::new(), tensors).unwrap_err();
    assert_eq!(error.rule(), &Rule::CountOverflow);
    let one =
        SafetensorsFileMetadata::new(BTreeMap::new(), BTreeMap::from([("a".to_owned(), large)]))
            .unwrap();
    let files = BTreeMap::from([("1".to_owned(), one.clone()), ("2".to_owned(), one)]);
    assert!(SafetensorsRepoMetadata::from_headers(None, files).is_err());
    let json = r#"{"dtype":"U8","shape":[18446744073709551615,2],"data_offsets":[0,0]}"#;
    assert!(serde_json::from_str::<TensorInfo>(json).is_err());
}
