//! Peak of allocated memory and time for one header, ours and the reference's.
//!
//! Ends with an error where ours is more than a quarter of the reference's.
#![allow(unsafe_code, clippy::cast_precision_loss)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use hf_safetensors::Options;
use safetensors::SafeTensors;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn add(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size());
        // SAFETY: as the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // As if both were there at once, as they can be.
        add(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    println!(
        "{:<28} {:>10} {:>24} {:>24} {:>6}",
        "header", "bytes", "hf-safetensors", "safetensors", ""
    );
    let mut too_much = false;
    for count in [100, 10_000, 100_000] {
        let (json, data) = support::header(count);
        too_much |= !measure(&format!("{count} tensors"), &json, data);
    }
    // What a hostile file can do within the limit.
    let dims = "0,".repeat(49_000_000 - 50);
    let json = format!("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[{dims}0],\"data_offsets\":[0,0]}}}}");
    too_much |= !measure("one shape of 49 M dimensions", &json, 0);
    drop(json);
    let mut json = String::from("{");
    for i in 0..1_600_000 {
        let tensor = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},";
        write!(json, "\"{i:x}\":{tensor}").unwrap();
    }
    json.pop();
    json.push('}');
    too_much |= !measure("1.6 M empty tensors", &json, 0);
    ExitCode::from(u8::from(too_much))
}

/// Whether ours is at most a quarter.
fn measure(what: &str, json: &str, data: u64) -> bool {
    let file = support::sparse(json, data);
    let file = support::map(file.as_file());
    let ours = peak(|| drop(Options::strict().tensors(&file).unwrap()));
    let theirs = peak(|| drop(SafeTensors::deserialize(&file).unwrap()));
    let row =
        |(bytes, seconds): (usize, f64)| format!("{} KB {:.1} ms", bytes / 1000, seconds * 1e3);
    println!(
        "{what:<28} {:>10} {:>24} {:>24} {:>5.1}%",
        json.len(),
        row(ours),
        row(theirs),
        ours.0 as f64 / theirs.0 as f64 * 100.0,
    );
    ours.0 * 4 <= theirs.0
}

fn peak(run: impl Fn()) -> (usize, f64) {
    let before = NOW.load(Ordering::Relaxed);
    PEAK.store(before, Ordering::Relaxed);
    let start = Instant::now();
    run();
    (
        PEAK.load(Ordering::Relaxed) - before,
        start.elapsed().as_secs_f64(),
    )
}
