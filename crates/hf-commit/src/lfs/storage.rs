//! Requests to storage: presigned URLs, and bodies that are read from files.

use hf_transport::{Body, Request};

use crate::body::{BodyGuard, stream_body};
use crate::content::Content;
use crate::context::Context;
use crate::source::short;

/// How many bytes are read at a time for sending.
const PIECE_BYTES: usize = 256 * 1024;

/// Prepares a request to a presigned URL, which never carries the token.
pub(super) fn storage(cx: &Context, request: Request) -> Request {
    cx.storage(request).operation("lfs_upload")
}

/// Creates a body from part of a file, which is read when it is needed.
pub(super) fn range_body(content: &Content, offset: u64, len: u64, guard: &BodyGuard) -> Body {
    let content = content.clone();
    stream_body(len, guard, move |out| {
        let mut reader = content.open(offset)?;
        let mut left = len;
        while left > 0 {
            let want = PIECE_BYTES.min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = reader.chunk(want)?;
            if piece.len() < want {
                reader.check()?;
                let got = offset + (len - left) + piece.len() as u64;
                return Err(short(&content.source, content.size, got));
            }
            left -= want as u64;
            if left == 0 {
                // The last bytes are sent only if all bytes before them came from the same version of the
                // file.
                reader.check()?;
            }
            out.send(piece)?;
        }
        Ok(())
    })
}
