//! Bodies from files.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use crate::error::{BoxError, Error, ErrorKind};

/// How much of a file is read at a time: large enough to need few system calls, small enough that a hundred
/// concurrent uploads fit into memory.
const FILE_CHUNK: usize = 256 * 1024;

/// Reads a range of a file in chunks. A file that ends before the range does is an error.
pub(super) fn read(
    path: Arc<PathBuf>,
    offset: u64,
    len: u64,
) -> impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    stream::try_unfold((None, len), move |(file, left)| {
        let path = path.clone();
        async move {
            if left == 0 {
                return Ok(None);
            }
            let failed =
                |what: &str, error| Error::io(format_args!("{what} {}", path.display()), error);
            let mut file = if let Some(file) = file {
                file
            } else {
                let mut file = tokio::fs::File::open(&*path)
                    .await
                    .map_err(|e| failed("cannot open", e))?;
                file.set_max_buf_size(FILE_CHUNK);
                if offset > 0 {
                    file.seek(std::io::SeekFrom::Start(offset))
                        .await
                        .map_err(|e| failed("cannot seek in", e))?;
                }
                file
            };
            let want = left.min(FILE_CHUNK as u64);
            let mut chunk = BytesMut::with_capacity(usize::try_from(want).unwrap_or(FILE_CHUNK));
            let read = (&mut file)
                .take(want)
                .read_buf(&mut chunk)
                .await
                .map_err(|e| failed("cannot read", e))?;
            if read == 0 {
                return Err(Error::new(
                    ErrorKind::Io,
                    format!("{} became shorter while it was uploaded", path.display()),
                )
                .with_hint("do not change the file until the upload is done")
                .into());
            }
            Ok(Some((chunk.freeze(), (Some(file), left - read as u64))))
        }
    })
}
