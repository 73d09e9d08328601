//! Content encodings.
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses with gzip.
pub(crate) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}
