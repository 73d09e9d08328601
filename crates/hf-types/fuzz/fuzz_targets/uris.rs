//! Any text as a URI or URL of the Hub: what parses is written so that it parses to the same.
#![no_main]

use hf_types::{BucketUrl, HfMount, HfUri, RepoUrl};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Option<&str>)| {
    let (text, endpoint) = input;
    if let Ok(uri) = HfUri::parse(text, endpoint) {
        assert_eq!(HfUri::parse(&uri.to_uri(), None).as_ref(), Ok(&uri), "{text:?}");
    }
    if let Ok(mount) = text.parse::<HfMount>() {
        assert_eq!(mount.to_string().parse::<HfMount>().as_ref(), Ok(&mount), "{text:?}");
    }
    let _ = RepoUrl::parse(text, endpoint);
    let _ = BucketUrl::parse(text, endpoint);
});
