//! Any JSON as a header: read like the reference, in one piece or in several.
#![no_main]

use hf_safetensors::{HeaderReader, Need, Options};
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/it/support/mod.rs"]
mod support;

fuzz_target!(|json: &[u8]| {
    for options in [Options::strict(), Options::compatible(), Options::metadata()] {
        let whole = options.parse_json(json);
        let mut reader = HeaderReader::new(options);
        let file = support::file(json, 0);
        let (first, second) = file.split_at(json.len() / 2);
        assert_eq!(reader.feed(first).unwrap(), first.len());
        assert_eq!(reader.feed(second).unwrap(), second.len());
        assert_eq!(reader.need(), Need::Nothing);
        let pieces = reader.finish();
        assert_eq!(whole.is_ok(), pieces.is_ok());
        if let (Err(whole), Err(pieces)) = (whole, pieces) {
            assert_eq!(whole.rule(), pieces.rule());
        }
    }
    // As much data as the header asks for, so that the length is not what is
    // always wrong.
    let data = Options::compatible()
        .parse_json(json)
        .map_or(0, |header| header.data_len());
    let data = usize::try_from(data).unwrap_or(0).min(1 << 16);
    support::compare(&support::file(json, data));
});
