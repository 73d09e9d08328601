//! Prints what a safetensors file, or a folder of shards, holds.
//!
//! `cargo run --example inspect -- [--compatible] FILE_OR_FOLDER`

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hf_safetensors::metadata::ParameterCount;
use hf_safetensors::shards::{INDEX_FILE, SINGLE_FILE};
use hf_safetensors::{Header, Options, Result, SafetensorsFileMetadata};

fn main() -> ExitCode {
    let mut options = Options::strict();
    let mut path = None;
    for argument in std::env::args_os().skip(1) {
        if argument == "--compatible" {
            options = Options::compatible();
        } else {
            path = Some(PathBuf::from(argument));
        }
    }
    let Some(path) = path else {
        eprintln!("usage: inspect [--compatible] FILE_OR_FOLDER");
        return ExitCode::from(2);
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match inspect(&path, options, &mut out).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn inspect(path: &Path, options: Options, out: &mut impl Write) -> Result<()> {
    let index = if path.is_dir() {
        path.join(INDEX_FILE)
    } else {
        path.to_path_buf()
    };
    if index
        .extension()
        .is_some_and(|extension| extension == "json")
        && index.exists()
    {
        let sharded = options.open_sharded(&index)?;
        for (name, file) in sharded.files() {
            print_file(name.as_str(), file.header(), out)?;
        }
        for problem in sharded.problems() {
            writeln!(out, "! {problem}")?;
        }
        return Ok(());
    }
    let file = if path.is_dir() {
        path.join(SINGLE_FILE)
    } else {
        path.to_path_buf()
    };
    let opened = options.open(&file)?;
    print_file(&file.display().to_string(), opened.header(), out)
}

fn print_file(name: &str, header: &Header<'_>, out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "{name}: {} tensors, {} of data, header of {}",
        header.len(),
        size(header.data_len()),
        size(header.data_start()),
    )?;
    for (key, value) in header.metadata() {
        writeln!(out, "  {} = {value:?}", shown(key))?;
    }
    let widest = header
        .tensors()
        .map(|tensor| shown(tensor.name()).chars().count());
    let width = widest.max().unwrap_or(0).min(80);
    for tensor in header.tensors() {
        let shape: Vec<_> = tensor.shape().iter().map(usize::to_string).collect();
        writeln!(
            out,
            "  {:<width$}  {:<5} {:>14} {:>12}  [{}]",
            shown(tensor.name()),
            tensor.dtype_name(),
            tensor.parameter_count(),
            size(tensor.byte_len()),
            shape.join(", "),
        )?;
    }
    print_counts(
        &SafetensorsFileMetadata::try_from(header)?.parameter_count,
        out,
    )
}

fn print_counts(counts: &ParameterCount, out: &mut impl Write) -> Result<()> {
    for (dtype, count) in counts {
        writeln!(out, "  {dtype}: {count} parameters")?;
    }
    Ok(())
}

/// A name, which may hold anything, without what a terminal would obey.
fn shown(name: &str) -> String {
    name.escape_debug().to_string()
}

/// Bytes in the largest unit that leaves a whole part.
fn size(bytes: u64) -> String {
    let mut unit = 0;
    while unit < 6 && bytes >> (10 * (unit + 1)) > 0 {
        unit += 1;
    }
    if unit == 0 {
        return format!("{bytes} B");
    }
    let tenths = (u128::from(bytes) * 10) >> (10 * unit);
    let name = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"][unit];
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
