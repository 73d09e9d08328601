//! Why a body was not read to its end, and what may be done about it.

use bytes::Bytes;
use hf_transport::{Error, ErrorKind, ResponseBody, Result};
use http_body_util::BodyExt as _;

use crate::store::hash::Mismatch;

#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection or the server failed: what is missing can be requested again.
    Remote(Error),
    /// Nothing helps: the disk failed, or the content is wrong.
    Fatal(Error),
}

impl BodyError {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Remote(e) | Self::Fatal(e) => e,
        }
    }
}

/// The next bytes of a body; `None` at its end.
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

/// The body ended too early.
pub(crate) fn short(file: &str, received: u64, expected: u64) -> Error {
    Error::network(format!(
        "the response for `{file}` ended after {received} bytes of {expected}"
    ))
}

/// The body is longer than the file.
pub(crate) fn long(file: &str, expected: u64) -> Error {
    Error::new(
        ErrorKind::Checksum,
        format!("the server sends more than the {expected} bytes that `{file}` has"),
    )
}

/// The bytes are not the announced ones.
pub(crate) fn mismatch(file: &str, mismatch: &Mismatch) -> Error {
    let Mismatch {
        algorithm,
        expected,
        actual,
    } = mismatch;
    Error::new(
        ErrorKind::Checksum,
        format!("the content of `{file}` is not the announced one: its {algorithm} is {actual}, expected {expected}"),
    )
    .with_hint(
        "the bytes were discarded; try again. If it repeats, a proxy may change them, or the server announces the hash of \
         another version: then turn verification off for this call (`verify(false)`)",
    )
}
