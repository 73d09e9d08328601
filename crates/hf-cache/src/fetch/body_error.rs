//! The reasons why a body could not be read to its end.

use bytes::Bytes;
use hf_transport::{Error, ErrorKind, ResponseBody, Result};
use http_body_util::BodyExt as _;

use crate::store::hash::Mismatch;

#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection or the server failed; the missing bytes can be requested again.
    Remote(Error),
    /// A new request cannot help: the disk failed, or the content is wrong.
    Fatal(Error),
}

impl BodyError {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Remote(e) | Self::Fatal(e) => e,
        }
    }
}

/// Returns the next bytes of a body, or `None` at its end.
pub(crate) async fn next_bytes(body: &mut ResponseBody) -> Result<Option<Bytes>, BodyError> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data()
                    && !bytes.is_empty()
                {
                    return Ok(Some(bytes));
                }
            }
            Some(Err(e)) => {
                let error = Error::network("the connection broke while the body was read");
                return Err(BodyError::Remote(error.with_source(e)));
            }
        }
    }
}

/// Returns the error of a body that ended too early.
pub(crate) fn short(file: &str, received: u64, expected: u64) -> Error {
    Error::network(format!(
        "the response for `{file}` ended after {received} bytes of {expected}"
    ))
}

/// Returns the error of a body that is longer than the file.
pub(crate) fn long(file: &str, expected: u64) -> Error {
    Error::new(
        ErrorKind::Checksum,
        format!("the server sends more than the {expected} bytes that `{file}` has"),
    )
}

/// Returns the error of content that does not match the announced hash.
pub(crate) fn mismatch(file: &str, mismatch: &Mismatch) -> Error {
    let Mismatch {
        algorithm,
        expected,
        actual,
    } = mismatch;
    Error::new(
        ErrorKind::Checksum,
        format!("the content of `{file}` does not match the announced hash: its {algorithm} is {actual}, expected {expected}"),
    )
    .with_hint(
        "the bytes were discarded; try again. If it repeats, a proxy may change them, or the server announces the hash of \
         another version: then turn verification off for this call (`verify(false)`)",
    )
}
