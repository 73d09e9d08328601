//! LZ4 frames of one chunk.
//!
//! The frames written here have one block and no checksums: the hash of the chunk says more. So have those of the
//! official client, which are therefore read without the buffers of a general decoder.

use std::io::Read;

use lz4_flex::block;
use lz4_flex::frame::FrameDecoder;

use super::wrong;
use crate::{FormatError, number};

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();

/// Version 1, independent blocks, no checksums, no content size.
const PLAIN: u8 = 0x60;

/// The block sizes 64 KiB, 256 KiB, 1 MiB and 4 MiB, with the checksum of a [`PLAIN`] header that has it.
const BLOCK_SIZES: [(u8, u8); 4] = [(0x40, 0x82), (0x50, 0xfb), (0x60, 0x51), (0x70, 0x73)];

/// This bit in the length of a block says that it is not compressed.
const STORED: u32 = 1 << 31;

const HEADER: usize = 7;
const LENGTH: usize = 4;

/// Appends the frame of `data`, a chunk, unless it would not be shorter than `data`. Returns whether it did.
pub(super) fn compress(data: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let (block_size, checksum) = BLOCK_SIZES[1];
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[PLAIN, block_size, checksum]);
    let block = start + HEADER + LENGTH;
    out.resize(block + block::get_maximum_output_size(data.len()), 0);
    match block::compress_into(data, &mut out[block..]) {
        Ok(length) if HEADER + LENGTH + length + LENGTH < data.len() => {
            out[block - LENGTH..block].copy_from_slice(&number(length).to_le_bytes());
            out.truncate(block + length);
            out.extend_from_slice(&[0; LENGTH]);
            true
        }
        _ => {
            out.truncate(start);
            false
        }
    }
}

/// Decompresses a frame that fills `out`, no less and no more.
pub(super) fn decompress(frame: &[u8], out: &mut [u8]) -> Result<(), FormatError> {
    let plain = frame.first_chunk::<HEADER>().is_some_and(|header| {
        let [m0, m1, m2, m3, flags, size, checksum] = *header;
        [m0, m1, m2, m3] == MAGIC && flags == PLAIN && BLOCK_SIZES.contains(&(size, checksum))
    });
    if plain {
        decompress_blocks(&frame[HEADER..], out)
    } else {
        decompress_any(frame, out)
    }
}

fn decompress_blocks(mut rest: &[u8], out: &mut [u8]) -> Result<(), FormatError> {
    let mut written = 0;
    loop {
        let Some((length, behind)) = rest.split_first_chunk::<LENGTH>() else {
            return Err(wrong("a compressed chunk ends before its end mark"));
        };
        let length = u32::from_le_bytes(*length);
        if length == 0 {
            break;
        }
        let stored = length & STORED != 0;
        let Some((block, behind)) = behind.split_at_checked((length & !STORED) as usize) else {
            return Err(wrong("a compressed chunk ends within a block"));
        };
        let free = &mut out[written..];
        written += if stored {
            let Some(place) = free.get_mut(..block.len()) else {
                return Err(too_long());
            };
            place.copy_from_slice(block);
            block.len()
        } else {
            block::decompress_into(block, free).map_err(|error| {
                if matches!(error, block::DecompressError::OutputTooSmall { .. }) {
                    too_long()
                } else {
                    wrong(format!("a compressed chunk is damaged: {error}"))
                }
            })?
        };
        rest = behind;
    }
    filled(written, out.len())
}

/// Checksums, linked blocks, sizes: whatever else a frame may have.
fn decompress_any(frame: &[u8], out: &mut [u8]) -> Result<(), FormatError> {
    let mut decoder = FrameDecoder::new(frame);
    let mut written = 0;
    let mut beyond = [0];
    loop {
        let full = written == out.len();
        let place = if full {
            &mut beyond[..]
        } else {
            &mut out[written..]
        };
        match decoder.read(place) {
            Ok(0) => return filled(written, out.len()),
            Ok(_) if full => return Err(too_long()),
            Ok(read) => written += read,
            Err(error) => return Err(wrong(format!("a compressed chunk is damaged: {error}"))),
        }
    }
}

fn too_long() -> FormatError {
    wrong("a chunk inflates beyond its announced length")
}

fn filled(written: usize, length: usize) -> Result<(), FormatError> {
    if written == length {
        return Ok(());
    }
    Err(wrong(format!(
        "a chunk has {written} bytes instead of the announced {length}"
    )))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

    use super::*;

    fn text(length: usize) -> Vec<u8> {
        (0..=6)
            .cycle()
            .flat_map(|byte| [byte; 100])
            .take(length)
            .collect()
    }

    #[test]
    fn a_general_decoder_reads_what_is_written_here() {
        for length in [100, 8 * 1024, 64 * 1024, 128 * 1024] {
            let (data, mut frame, mut back) = (text(length), Vec::new(), Vec::new());
            assert!(compress(&data, &mut frame));
            FrameDecoder::new(&frame[..])
                .read_to_end(&mut back)
                .unwrap();
            assert_eq!(back, data);
            let mut back = vec![0; length];
            decompress(&frame, &mut back).unwrap();
            assert_eq!(back, data);
        }
    }

    #[test]
    fn frames_of_every_kind_are_read() {
        let data = text(100_000);
        let infos = [
            FrameInfo::new(),
            FrameInfo::new().block_size(BlockSize::Max64KB),
            FrameInfo::new().block_size(BlockSize::Max4MB),
            FrameInfo::new().block_mode(BlockMode::Linked),
            FrameInfo::new()
                .block_checksums(true)
                .content_checksum(true),
            FrameInfo::new().content_size(Some(100_000)),
        ];
        for info in infos {
            let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(&data).unwrap();
            let frame = encoder.finish().unwrap();
            for (length, good) in [(100_000, true), (99_999, false), (100_001, false)] {
                let mut back = vec![0; length];
                assert_eq!(decompress(&frame, &mut back).is_ok(), good, "{length}");
            }
            for cut in [0, 3, 8, 20, frame.len() - 5] {
                let mut back = vec![0; data.len()];
                // The general decoder needs no end mark. What it accepts is complete nevertheless.
                let read = decompress(&frame[..cut], &mut back);
                assert!(read.is_err() || back == data, "{cut}");
            }
        }
    }

    #[test]
    fn what_does_not_get_shorter_is_not_written() {
        let mut out = vec![1, 2, 3];
        assert!(!compress(b"abc", &mut out));
        assert!(!compress(b"", &mut out));
        assert_eq!(out, [1, 2, 3]);
    }
}
