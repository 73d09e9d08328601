//! Any input is read without harm, and what is written is read back.

use bytes::Bytes;
use hf_cas::shard::{FileInfo, Footer, Shard, Term, XorbInfo};
use hf_cas::xorb::{self, ChunkDecoder, Compression, Xorb, XorbBuilder};
use hf_cas::{Chunker, Hash, MAX_CHUNK, MIN_CHUNK, chunks};
use proptest::prelude::*;

/// Data of different kinds, which are compressed in different ways.
fn content() -> impl Strategy<Value = Vec<u8>> {
    (0..3_u8, 0..400_000_usize, any::<u64>()).prop_map(|(kind, length, seed)| {
        let mut random = fastrand::Rng::with_seed(seed);
        match kind {
            0 => (0..length).map(|_| random.u8(..)).collect(),
            1 => (0..length).map(|_| random.u8(b'a'..b'e')).collect(),
            _ => (0..length)
                .map(|i| if i % 4 == 3 { 0x3f } else { random.u8(..) })
                .collect(),
        }
    })
}

fn xorb_of(data: &[u8], compression: Option<Compression>) -> Xorb {
    let mut builder = XorbBuilder::new();
    for chunk in chunks(data) {
        assert!(builder.has_room(chunk.len()));
        let hash = Hash::of_chunk(chunk);
        match compression {
            Some(compression) => builder.push_with(hash, chunk, compression),
            None => builder.push(hash, chunk),
        };
    }
    builder.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chunks_are_the_same_however_a_file_arrives(data in content(), pieces in any::<u64>()) {
        let whole: Vec<usize> = chunks(&data).map(<[u8]>::len).collect();
        let mut random = fastrand::Rng::with_seed(pieces);
        let (mut chunker, mut found, mut length) = (Chunker::new(), Vec::new(), 0);
        let mut rest = &data[..];
        while !rest.is_empty() {
            let size = [1, 63, 64, 65, 5_000, 70_000, 300_000][random.usize(..7)];
            let (mut piece, behind) = rest.split_at(random.usize(1..=size).min(rest.len()));
            rest = behind;
            while !piece.is_empty() {
                let Some(end) = chunker.next_boundary(piece) else {
                    length += piece.len();
                    break;
                };
                found.push(length + end);
                length = 0;
                piece = &piece[end..];
            }
            prop_assert_eq!(chunker.pending(), length);
        }
        if length > 0 {
            found.push(length);
        }
        prop_assert_eq!(&found, &whole);
        let all_but_last = &found[..found.len().saturating_sub(1)];
        prop_assert!(found.iter().all(|length| *length <= MAX_CHUNK));
        prop_assert!(all_but_last.iter().all(|length| *length >= MIN_CHUNK));
    }

    #[test]
    fn a_xorb_is_read_as_it_was_written(data in content(), scheme in 0..4_u8, piece in 1..100_000_usize) {
        let compression = match scheme {
            0 => Some(Compression::None),
            1 => Some(Compression::Lz4),
            2 => Some(Compression::ByteGroupedLz4),
            _ => None,
        };
        let xorb = xorb_of(&data, compression);
        prop_assert_eq!(&Xorb::parse(xorb.data()).unwrap(), &xorb);
        let footer = xorb::Footer::of(&xorb).to_bytes();
        let with_footer: Bytes = [&xorb.data()[..], &footer].concat().into();
        prop_assert_eq!(&Xorb::parse(&with_footer).unwrap(), &xorb);

        for (bytes, shared) in [(xorb.data(), false), (xorb.data(), true), (&with_footer, false), (&with_footer, true)] {
            let (mut decoder, mut out) = (ChunkDecoder::new(), Vec::new());
            for piece in bytes.chunks(piece) {
                let mut piece = bytes.slice_ref(piece);
                loop {
                    if shared && let Some(chunk) = decoder.stored(&mut piece).unwrap() {
                        out.extend_from_slice(&chunk);
                    } else if decoder.decode(&mut piece, &mut out).unwrap().is_none() {
                        break;
                    }
                }
                prop_assert!(piece.is_empty());
            }
            decoder.finish().unwrap();
            prop_assert_eq!(decoder.chunks(), xorb.chunks().len());
            prop_assert!(out == data);
        }
    }

    #[test]
    fn a_xorb_with_a_wrong_byte_is_refused_or_has_another_hash(
        data in content(), at in any::<prop::sample::Index>(), bit in 0..8_u8,
    ) {
        prop_assume!(!data.is_empty());
        let xorb = xorb_of(&data, None);
        let mut bytes = [&xorb.data()[..], &xorb::Footer::of(&xorb).to_bytes()].concat();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(other) = Xorb::parse(&bytes.into()) {
            // A bit of the frame may have no meaning; the 16 unused bytes of the footer have none.
            prop_assert_eq!(other.hash() == xorb.hash(), other.chunks().iter().map(|c| c.hash).eq(xorb.chunks().iter().map(|c| c.hash)));
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = Shard::parse(&bytes);
        let _ = xorb::Footer::parse(&bytes);
        let _ = Xorb::parse(&bytes.clone().into());
        for prefix in [&b"XETBLOB\x01"[..], b"XETBLOB\x00", &[0, 100, 0, 0, 1, 200, 0, 0], &[0, 100, 0, 0, 2, 200, 0, 0]] {
            let _ = Xorb::parse(&[prefix, &bytes].concat().into());
        }
    }

    #[test]
    fn a_shard_is_read_as_it_was_written(
        data in content(), keyed in any::<bool>(), verified in any::<bool>(), digest in any::<Option<[u8; 32]>>(),
    ) {
        let shard = shard_of(&data, verified, digest);
        let bytes = shard.to_upload();
        prop_assert_eq!(bytes.len(), shard.upload_len());
        prop_assert_eq!(&Shard::parse(&bytes).unwrap(), &shard);

        let footer = if keyed { Footer::new().with_key(Hash::of_chunk(b"key")) } else { Footer::new() };
        let stored = shard.to_bytes(&footer);
        let read = Shard::parse(&stored).unwrap();
        prop_assert_eq!(read.footer, Some(footer));
        prop_assert_eq!(&read.files, &shard.files);
        for (read, xorb) in read.xorbs.iter().zip(&shard.xorbs) {
            for (read, chunk) in read.chunks.iter().zip(&xorb.chunks) {
                prop_assert_eq!(read.hash, footer.key_chunk(&chunk.hash));
                prop_assert_eq!((read.offset, read.length), (chunk.offset, chunk.length));
            }
        }
        for cut in 0..bytes.len() {
            prop_assert!(Shard::parse(&bytes[..cut]).is_err(), "cut at {}", cut);
        }
        for cut in [stored.len() - 1, stored.len() - 100, bytes.len()] {
            prop_assert!(Shard::parse(&stored[..cut]).is_err(), "cut at {}", cut);
        }
    }
}

fn shard_of(data: &[u8], verified: bool, sha256: Option<[u8; 32]>) -> Shard {
    let xorb = xorb_of(data, None);
    let mut shard = Shard::new();
    if !data.is_empty() {
        let hashes: Vec<Hash> = xorb.chunks().iter().map(|chunk| chunk.hash).collect();
        shard.files.push(FileInfo {
            hash: Hash::of_chunk(data),
            terms: vec![Term {
                xorb: xorb.hash(),
                length: xorb.length(),
                chunks: 0..u32::try_from(hashes.len()).unwrap(),
            }],
            verification: verified.then(|| vec![Hash::of_range(&hashes)]),
            sha256,
        });
    }
    shard.xorbs.push(XorbInfo::from(&xorb));
    shard
}

#[test]
fn a_small_chunk_gets_the_compression_that_makes_it_smallest() {
    let mut random = fastrand::Rng::with_seed(3);
    for length in [1, 100, 1_000, 5_000, 16_384] {
        let contents: [Vec<u8>; 5] = [
            (0..length).map(|_| random.u8(..)).collect(),
            (0..length).map(|_| random.u8(b'a'..b'e')).collect(),
            vec![0; length],
            // float32 and bf16 near one.
            (0..length)
                .map(|i| [random.u8(..), random.u8(..), random.u8(..), 0x3f][i % 4])
                .collect(),
            (0..length)
                .map(|i| [random.u8(..), 0x3e + random.u8(..2)][i % 2])
                .collect(),
        ];
        for (kind, data) in contents.iter().enumerate() {
            let encoded = |compression| {
                let (mut scratch, mut out) = (Vec::new(), Vec::new());
                xorb::encode_chunk(data, compression, &mut scratch, &mut out);
                out.len()
            };
            let schemes = [
                Compression::None,
                Compression::Lz4,
                Compression::ByteGroupedLz4,
            ];
            let smallest = schemes.map(encoded).into_iter().min();
            let chosen = Compression::choose(data);
            assert_eq!(
                Some(encoded(chosen)),
                smallest,
                "{kind}, {length}: {chosen:?}"
            );
        }
    }
}
