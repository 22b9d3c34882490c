//! One connection: small buffers, deadlines, and a drain guard for each request.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, HttpBody as _},
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, StatusCode, header::CONNECTION},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::IntGauge;
use tokio_util::sync::CancellationToken;
use tower::Service as _;
use tower_http::timeout::TimeoutBody;

use crate::{
    Lifecycle, Tasks,
    body::{Answered, Asked, InFlight},
    socket::Socket,
};

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
        let read = Arc::new(AtomicBool::new(request.body().is_end_stream()));
        let mut request = request.map(|body| Asked::wrap(TimeoutBody::new(BODY_PAUSE, body), &read));
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut response = match self.routes.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // While draining every answer asks the client to come back elsewhere; and what is unread of a
        // request cannot be told apart from the next one.
        let last = self.soft.is_cancelled() || !read.load(Ordering::Relaxed);
        if last && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(|body| Answered::wrap(body, in_flight))
    }
}
