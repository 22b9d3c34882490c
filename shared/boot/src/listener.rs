//! Accepts sockets, up to a bound, and outlives every shortage.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use prometheus::{IntCounter, IntGauge, Opts, core::Collector};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::{Lifecycle, connection, shed, socket::Socket};

/// Operators need a few connections, however many people are connected.
pub(crate) const INTERNAL_CONNECTIONS: usize = 64;
/// Open files kept for the broker, the database, the logs and the internal listener.
const RESERVED_FILES: usize = 64 + INTERNAL_CONNECTIONS;
/// How long a listener rests when the kernel has no descriptor or memory left.
const REST: Duration = Duration::from_millis(100);
/// How long responses in flight may take to leave after the hard stop.
const FLUSH: Duration = Duration::from_secs(1);

/// The most connections that leave enough open files for everything else.
pub(crate) fn affordable(wanted: u32, open_files: Option<usize>) -> usize {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let Some(files) = open_files else { return wanted };
    let affordable = files.saturating_sub(RESERVED_FILES).max(files / 4).max(1);
    if affordable < wanted {
        warn!(
            open_files = files,
            connections = affordable,
            "The limit of open files bounds the connections"
        );
    }
    wanted.min(affordable)
}

/// A bound socket with its share of connections.
pub(crate) struct Listener {
    name: &'static str,
    socket: TcpListener,
    places: Arc<Semaphore>,
    metrics: Metrics,
}

/// What operators see of one listener.
struct Metrics {
    open: IntGauge,
    in_flight: IntGauge,
    refused: IntCounter,
}

impl Listener {
    pub(crate) async fn bind(
        name: &'static str,
        address: SocketAddr,
        connections: usize,
        life: &Lifecycle,
    ) -> io::Result<Self> {
        Ok(Self {
            name,
            socket: TcpListener::bind(address).await?,
            places: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            metrics: Metrics::register(name, life),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        // A bound socket has an address; nothing but the log depends on it.
        self.socket
            .local_addr()
            .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)))
    }

    /// Serves until the hard stop, then gives responses in flight a moment to leave.
    pub(crate) async fn serve(self, routes: Router, life: Lifecycle) {
        let connections = TaskTracker::new();
        let server = connection::Server::new(routes, &life, self.metrics.in_flight.clone());
        loop {
            let accepted = tokio::select! {
                () = life.hard.cancelled() => break,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, &server, &connections),
                Err(error) if belongs_to_one_connection(&error) => {}
                Err(error) => {
                    warn!(listener = self.name, error = %error, "Could not accept a connection");
                    tokio::time::sleep(REST).await;
                }
            }
        }
        drop(self.socket);
        connections.close();
        let _ = tokio::time::timeout(FLUSH, connections.wait()).await;
    }

    fn admit(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        server: &connection::Server,
        connections: &TaskTracker,
    ) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            self.metrics.refused.inc();
            shed::refuse(stream, connections);
            return;
        };
        // Small frames should leave at once; a socket that is already gone needs no answer.
        if stream.set_nodelay(true).is_ok() {
            let socket = Socket::new(stream, place, self.metrics.open.clone());
            connections.spawn(server.clone().run(socket, peer));
        }
    }
}

/// Errors that say nothing about the next `accept`.
fn belongs_to_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

impl Metrics {
    fn register(listener: &'static str, life: &Lifecycle) -> Self {
        let gauge = |metric, help| {
            let opts = Opts::new(metric, help).const_label("listener", listener);
            registered(IntGauge::with_opts(opts), life)
        };
        let refused = Opts::new("connections_refused_total", "Connections over the bound");
        Self {
            open: gauge("connections_open", "Open connections, upgraded ones included"),
            in_flight: gauge("requests_in_flight", "Requests whose answer has not been sent"),
            refused: registered(
                IntCounter::with_opts(refused.const_label("listener", listener)),
                life,
            ),
        }
    }
}

fn registered<M: Collector + Clone + 'static>(metric: prometheus::Result<M>, life: &Lifecycle) -> M {
    match metric {
        Ok(metric) => {
            // Only a second listener of the same name is refused, and then the first one's figures stay.
            let _ = life.registry.register(Box::new(metric.clone()));
            metric
        }
        Err(error) => unreachable!("constant names are valid: {error}"),
    }
}
