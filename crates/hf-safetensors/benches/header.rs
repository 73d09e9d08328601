//! Headers, against the reference and the fastest JSON parsers, on the same
//! bytes; and a tensor found in a mapped file of 4 GB.
#![allow(unsafe_code)]

mod support;

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hf_safetensors::{MappedFile, Options};
use safetensors::SafeTensors;

use support::{header, map, sparse};

fn headers(criterion: &mut Criterion) {
    for count in [100, 10_000, 100_000] {
        let (json, data) = header(count);
        let file = sparse(&json, data);
        let file = map(file.as_file());
        let mut group = criterion.benchmark_group(format!("header/{count}"));
        group.throughput(Throughput::Bytes(json.len() as u64));
        group.sample_size(20);
        group.bench_function("hf-safetensors strict", |bencher| {
            bencher.iter(|| Options::strict().tensors(black_box(&file)).unwrap());
        });
        group.bench_function("hf-safetensors compatible", |bencher| {
            bencher.iter(|| Options::compatible().tensors(black_box(&file)).unwrap());
        });
        group.bench_function("safetensors read_metadata", |bencher| {
            bencher.iter(|| SafeTensors::read_metadata(black_box(&file)).unwrap());
        });
        group.bench_function("safetensors deserialize", |bencher| {
            bencher.iter(|| SafeTensors::deserialize(black_box(&file)).unwrap());
        });
        // JSON alone: no names found, nothing checked.
        group.bench_function("json only: sonic-rs", |bencher| {
            bencher.iter(|| sonic_rs::from_str::<sonic_rs::Value>(black_box(&json)).unwrap());
        });
        group.bench_function("json only: simd-json tape", |bencher| {
            let mut buffers = simd_json::Buffers::new(json.len());
            // It writes into its input, which is copied outside of the measurement.
            bencher.iter_batched_ref(
                || json.clone().into_bytes(),
                |json| {
                    let tape = simd_json::to_tape_with_buffers(json, &mut buffers).unwrap();
                    black_box(tape.0.len())
                },
                BatchSize::LargeInput,
            );
        });
        group.finish();
    }
}

fn find_in_a_mapped_file(criterion: &mut Criterion) {
    let (json, data) = header(1000);
    let whole = 4u64 << 30;
    // One more tensor fills the file up.
    let rest = whole - data;
    let mut json = json.trim_end().strip_suffix('}').unwrap().to_owned();
    write!(
        json,
        ",\"last\":{{\"dtype\":\"U8\",\"shape\":[{rest}],\"data_offsets\":[{data},{whole}]}}}}"
    )
    .unwrap();
    json.extend(std::iter::repeat_n(
        ' ',
        json.len().next_multiple_of(8) - json.len(),
    ));
    let file = sparse(&json, whole);
    let mut group = criterion.benchmark_group("open 4 GB, 1000 tensors, find one");
    group.bench_function("hf-safetensors", |bencher| {
        bencher.iter(|| {
            // SAFETY: the file is temporary and known to nobody else.
            let mapped = unsafe { MappedFile::open(file.path()).unwrap() };
            let tensor = mapped.tensor("model.layers.50.mlp.up_proj.weight").unwrap();
            black_box(tensor.data()[0])
        });
    });
    group.bench_function("safetensors", |bencher| {
        bencher.iter(|| {
            let mapped = map(&std::fs::File::open(file.path()).unwrap());
            let tensors = SafeTensors::deserialize(&mapped).unwrap();
            let tensor = tensors
                .tensor("model.layers.50.mlp.up_proj.weight")
                .unwrap();
            black_box(tensor.data()[0])
        });
    });
    group.finish();
}

criterion_group!(benches, headers, find_in_a_mapped_file);
criterion_main!(benches);
