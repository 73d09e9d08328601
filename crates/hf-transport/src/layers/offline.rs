//! Refuses requests in offline mode.

use http::request::Parts;

use super::map_request::{MapRequestLayer, map_request};
use crate::error::{Error, ErrorKind, Result};
use crate::redact::redact_url;

/// Creates a layer that refuses every request while offline mode is on.
///
/// This layer is inside the user's per-call layers, so that a cache can still respond, and outside retry.
///
/// ```
/// use hf_transport::{Body, Error, ErrorKind, layers};
/// use tower::{Layer, ServiceExt, service_fn};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let wire = service_fn(|_: http::Request<Body>| async {
///     Ok::<_, std::convert::Infallible>(http::Response::new(()))
/// });
/// let request = || http::Request::get("https://huggingface.co/api/models").body(Body::empty()).unwrap();
/// let error = layers::offline(true).layer(wire).oneshot(request()).await.unwrap_err();
/// assert_eq!(Error::from(error).kind(), ErrorKind::OfflineMode);
/// assert!(layers::offline(false).layer(wire).oneshot(request()).await.is_ok());
/// # });
/// ```
pub fn offline(
    offline: bool,
) -> MapRequestLayer<impl Fn(&mut Parts) -> Result<()> + Clone + Send + Sync + 'static> {
    map_request(move |parts| {
        if !offline {
            return Ok(());
        }
        let url = parts.uri.to_string();
        Err(Error::new(
            ErrorKind::OfflineMode,
            format!(
                "offline mode is on, but this call needs {}",
                redact_url(&url)
            ),
        )
        .with_hint("unset HF_HUB_OFFLINE to use the network"))
    })
}
