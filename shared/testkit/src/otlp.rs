//! An OTLP receiver: what services report of a story, span by span.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1,
};
use sandbox::until;
use tokio::task::JoinSet;
use tonic::{Request, Response, Status};

use crate::secrets;

/// A span as stories look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub service: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    /// As the protocol names it: `Producer`, `Consumer` and so on.
    pub kind: String,
    /// The spans it points to, by trace and id.
    pub links: Vec<(String, String)>,
    pub attributes: BTreeMap<String, String>,
}

impl Span {
    /// An attribute's value, empty where it has none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Collects every span it is sent.
#[derive(Debug)]
pub struct Receiver {
    port: u16,
    spans: Arc<Mutex<Vec<Span>>>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        let port = sandbox::free_port();
        let spans = Arc::new(Mutex::new(Vec::new()));
        let service = TraceServiceServer::new(Inbox(spans.clone()));
        let server = tonic::transport::Server::builder().add_service(service);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { server.serve(address).await.expect("the receiver can listen") });
        until("an OTLP receiver", Duration::from_secs(10), || async {
            tokio::net::TcpStream::connect(address).await.is_ok()
        })
        .await
        .expect("the receiver listens");
        Self {
            port,
            spans,
            _tasks: tasks,
        }
    }

    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Services that reported spans of this trace.
    pub fn services_of(&self, trace: &str) -> BTreeSet<String> {
        let spans = self.spans().into_iter().filter(|span| span.trace == trace);
        spans.map(|span| span.service).collect()
    }
}

/// # Panics
/// When a span carries a token, what somebody wrote, or a signed link: no story may end so.
impl Drop for Receiver {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let spans = self.spans();
        let written = secrets::written();
        let found = spans.iter().flat_map(|span| {
            let texts = span.attributes.values().chain([&span.name]);
            texts.flat_map(|text| secrets::secrets_in(text, &written))
        });
        let found: Vec<_> = found.collect();
        assert!(
            found.is_empty(),
            "a span of this story carries\n{}",
            found.join("\n")
        );
    }
}

struct Inbox(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Inbox {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut inbox = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in request.into_inner().resource_spans {
            let service = name_of(resource.resource.as_ref());
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            inbox.extend(spans.map(|span| read(service.clone(), span)));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn read(service: String, span: v1::Span) -> Span {
    let links = span.links.iter();
    Span {
        service,
        kind: format!("{:?}", span.kind()),
        links: links
            .map(|link| (hex(&link.trace_id), hex(&link.span_id)))
            .collect(),
        attributes: texts(&span.attributes),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        name: span.name,
    }
}

fn name_of(resource: Option<&Resource>) -> String {
    let attributes = resource.map(|resource| texts(&resource.attributes));
    attributes
        .and_then(|mut attributes| attributes.remove("service.name"))
        .unwrap_or_default()
}

/// Values as people read them.
fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &AnyValue| match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    };
    let pairs = attributes.iter().map(|attribute| {
        let value = attribute.value.as_ref().map(text);
        (attribute.key.clone(), value.unwrap_or_default())
    });
    pairs.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
