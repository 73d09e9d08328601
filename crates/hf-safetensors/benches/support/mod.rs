//! Headers and files for benches.
#![allow(dead_code, missing_docs, unreachable_pub, unsafe_code)]

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use memmap2::Mmap;
use tempfile::NamedTempFile;

/// The layers of a large language model, tensor by tensor: name, shape.
const LAYER: &[(&str, &[usize])] = &[
    ("input_layernorm.weight", &[4096]),
    ("self_attn.q_proj.weight", &[64, 128]),
    ("self_attn.k_proj.weight", &[128, 64]),
    ("self_attn.v_proj.weight", &[1024, 8]),
    ("self_attn.o_proj.weight", &[8, 1024]),
    ("post_attention_layernorm.weight", &[4096]),
    ("mlp.gate_proj.weight", &[112, 64]),
    ("mlp.up_proj.weight", &[11008, 1]),
    ("mlp.down_proj.weight", &[1, 11008]),
];

/// A header of `count` tensors, padded, and the bytes of their data.
pub fn header(count: usize) -> (String, u64) {
    let mut json = String::from("{\"__metadata__\":{\"format\":\"pt\"}");
    let mut offset = 0;
    for i in 0..count {
        let (name, shape) = LAYER[i % LAYER.len()];
        let end = offset + 2 * shape.iter().product::<usize>();
        let shape: Vec<_> = shape.iter().map(usize::to_string).collect();
        write!(
            json,
            ",\"model.layers.{}.{name}\":{{\"dtype\":\"BF16\",\"shape\":[{}],\"data_offsets\":[{offset},{end}]}}",
            i / LAYER.len(),
            shape.join(","),
        )
        .unwrap();
        offset = end;
    }
    json.push('}');
    json.extend(std::iter::repeat_n(
        ' ',
        json.len().next_multiple_of(8) - json.len(),
    ));
    (json, offset as u64)
}

/// A file with this header; its data takes no room on the disk.
pub fn sparse(json: &str, data: u64) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(&(json.len() as u64).to_le_bytes()).unwrap();
    file.write_all(json.as_bytes()).unwrap();
    file.as_file()
        .set_len(8 + json.len() as u64 + data)
        .unwrap();
    file
}

pub fn map(file: &File) -> Mmap {
    // SAFETY: the file is temporary and known to nobody else.
    unsafe { Mmap::map(file).unwrap() }
}
