//! A collector that keeps what it is sent.

use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::Span,
};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;
use tonic::{Request, Response, Status, transport::Server, transport::server::TcpIncoming};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

#[tonic::async_trait]
impl TraceService for Kept {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// Listens for OTLP over gRPC until it is dropped.
pub struct Collector {
    kept: Kept,
    pub endpoint: String,
    _server: AbortOnDropHandle<Result<(), tonic::transport::Error>>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(kept.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        let tracker = tokio_util::task::TaskTracker::new();
        Self {
            kept,
            endpoint,
            _server: AbortOnDropHandle::new(tracker.spawn(server)),
        }
    }

    /// The spans with the name of the service that sent each.
    pub fn spans(&self) -> Vec<(String, Span)> {
        let requests = self.kept.0.lock().unwrap();
        let resources = requests.iter().flat_map(|request| &request.resource_spans);
        let mut spans = Vec::new();
        for each in resources {
            let attributes = &each.resource.as_ref().unwrap().attributes;
            let name = attributes
                .iter()
                .find(|attribute| attribute.key == "service.name")
                .unwrap();
            let name = format!("{:?}", name.value);
            for span in each.scope_spans.iter().flat_map(|scope| &scope.spans) {
                spans.push((name.clone(), span.clone()));
            }
        }
        spans
    }
}
