//! Bodies that know how far they are.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use prometheus::IntGauge;

use crate::DrainGuard;

/// A request body that tells when it has been read to its end.
pub(crate) struct Asked {
    body: Body,
    /// Written here, read when the answer is ready.
    read: Arc<AtomicBool>,
}

impl Asked {
    pub(crate) fn wrap<B>(body: B, read: &Arc<AtomicBool>) -> Body
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        Body::new(Self {
            body: Body::new(body),
            read: read.clone(),
        })
    }
}

impl HttpBody for Asked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request that delays the end of the drain until its answer has been sent.
pub(crate) struct InFlight {
    count: IntGauge,
    _guard: DrainGuard,
}

impl InFlight {
    pub(crate) fn new(guard: DrainGuard, count: IntGauge) -> Self {
        count.inc();
        Self { count, _guard: guard }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.count.dec();
    }
}

/// A response body that knows when it has been sent.
pub(crate) struct Answered {
    body: Body,
    _in_flight: InFlight,
}

impl Answered {
    pub(crate) fn wrap(body: Body, in_flight: InFlight) -> Body {
        Body::new(Self {
            body,
            _in_flight: in_flight,
        })
    }
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
