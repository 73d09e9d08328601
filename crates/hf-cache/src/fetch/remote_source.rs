//! What the parts of a remote file that are read at the same time share.

use hf_transport::{Error, ResponseBody, Result};
use hf_types::Etag;

use super::byte_range::ByteRange;
use super::context::Context;
use super::open_response::{BodyStart, Content};
use super::source::{Attempts, Source};

/// What the parts of a file that are read at the same time share.
pub(super) struct Shared {
    pub(super) cx: Context,
    pub(super) source: Source,
    /// The path in the repository.
    pub(super) file: String,
    pub(super) etag: Etag,
    /// The file in Xet storage, if it is known to be there.
    #[cfg(feature = "xet")]
    pub(super) xet: Option<super::xet_parts::XetParts>,
}

impl Shared {
    pub(super) async fn open(&self, range: ByteRange, size: u64) -> Result<ResponseBody> {
        let content = Content {
            etag: Some(&self.etag),
            size: Some(size),
        };
        let attempts = Attempts::Configured;
        let open = self.source.get(&self.cx, range, Some(&self.etag), attempts);
        let open = open.await?;
        match open.check(range, content)? {
            BodyStart::AsRequested => Ok(open.response.into_body()),
            BodyStart::OfFile => Err(Error::network(format!(
                "the server does not send parts of `{}`",
                self.file
            ))
            .with_hint("download the whole file instead")),
        }
    }
}
