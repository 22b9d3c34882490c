//! One connection: small buffers, deadlines, and a drain guard for each request.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, StatusCode, header::CONNECTION},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::IntGauge;
use tokio_util::sync::CancellationToken;
use tower::Service as _;
use tower_http::timeout::TimeoutBody;

use crate::{DrainGuard, Lifecycle, Tasks, socket::Socket};

/// A client that needs longer for its headers is cut; an idle kept-alive connection too.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Longest pause between two pieces of a request's body.
const BODY_PAUSE: Duration = Duration::from_secs(10);
/// Two copies of the longest token and the other headers of a browser fit twice.
const BUFFER_BYTES: usize = 16 * 1024;

/// What all connections of a listener share.
#[derive(Clone)]
pub(crate) struct Server {
    http: http1::Builder,
    routes: Router,
    tasks: Tasks,
    soft: CancellationToken,
    hard: CancellationToken,
    in_flight: IntGauge,
}

impl Server {
    pub(crate) fn new(routes: Router, life: &Lifecycle, in_flight: IntGauge) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_buf_size(BUFFER_BYTES);
        Self {
            http,
            routes,
            tasks: life.tasks.clone(),
            soft: life.soft.clone(),
            hard: life.hard.clone(),
            in_flight,
        }
    }

    /// Serves one connection until it ends, is upgraded, or the hard stop has let its response out.
    pub(crate) async fn run(self, stream: Socket, peer: SocketAddr) {
        let hard = self.hard.clone();
        let http = self.http.clone();
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { Ok::<_, Infallible>(server.answer(request, peer).await) }
        });
        let connection = http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::pin!(connection);
        // How a connection ends is the client's business: the request log has what was answered.
        tokio::select! {
            _ = connection.as_mut() => {}
            () = hard.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }

    async fn answer(mut self, request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let in_flight = InFlight::new(self.tasks.drain_guard(), self.in_flight.clone());
        let mut request = request.map(|body| Body::new(TimeoutBody::new(BODY_PAUSE, body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut response = match self.routes.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // While draining every answer asks the client to come back elsewhere.
        if self.soft.is_cancelled() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(|body| {
            Body::new(Answered {
                body,
                _in_flight: in_flight,
            })
        })
    }
}

/// A request that delays the end of the drain until its answer has been sent.
struct InFlight {
    count: IntGauge,
    _guard: DrainGuard,
}

impl InFlight {
    fn new(guard: DrainGuard, count: IntGauge) -> Self {
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
struct Answered {
    body: Body,
    _in_flight: InFlight,
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
