use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::error::{BoxError, Error};

pin_project! {
    /// The future of a layer that changes a request, or refuses it, and then stands aside.
    pub struct LayerFuture<F> {
        #[pin]
        inner: Option<F>,
        refused: Option<Error>,
    }
}

impl<F> LayerFuture<F> {
    pub(crate) fn pass(inner: F) -> Self {
        Self {
            inner: Some(inner),
            refused: None,
        }
    }

    pub(crate) fn refuse(error: Error) -> Self {
        Self {
            inner: None,
            refused: Some(error),
        }
    }
}

impl<F, T, E> Future for LayerFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match (this.inner.as_pin_mut(), this.refused.take()) {
            (Some(inner), _) => inner.poll(cx).map_err(Into::into),
            (None, Some(error)) => Poll::Ready(Err(error.into())),
            (None, None) => Poll::Pending,
        }
    }
}

impl<F> std::fmt::Debug for LayerFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LayerFuture")
    }
}
