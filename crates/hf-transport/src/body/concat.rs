//! Streams that are wanted as a whole.

use std::pin::pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt};

/// Collects a stream of bytes in memory, without a copy if it has one item.
///
/// ```
/// use bytes::Bytes;
/// use futures_util::stream;
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let parts = stream::iter(["one", "two"].map(|part| Ok::<_, ()>(Bytes::from(part))));
/// assert_eq!(hf_transport::concat(parts).await.unwrap(), "onetwo");
/// # });
/// ```
///
/// # Errors
/// The first error of the stream.
pub async fn concat<E>(parts: impl Stream<Item = Result<Bytes, E>>) -> Result<Bytes, E> {
    let mut parts = pin!(parts);
    let Some(first) = parts.try_next().await? else {
        return Ok(Bytes::new());
    };
    let Some(second) = parts.try_next().await? else {
        return Ok(first);
    };
    let mut all = BytesMut::from(first);
    all.extend_from_slice(&second);
    while let Some(part) = parts.try_next().await? {
        all.extend_from_slice(&part);
    }
    Ok(all.freeze())
}
