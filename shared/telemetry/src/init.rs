//! Starts logs and traces once per process.

use std::{io, time::Duration};

use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider},
};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    reload,
    util::SubscriberInitExt as _,
};

use crate::{Config, LogFormat, json, verbosity};

/// How long one export, and the last flush, may wait for a collector that does not answer.
const COLLECTOR_DEADLINE: Duration = Duration::from_secs(3);

/// Libraries whose spans would describe the exporter itself, or every packet.
const SILENT: [&str; 9] = [
    "async_nats",
    "h2",
    "hyper",
    "hyper_util",
    "opentelemetry",
    "reqwest",
    "rustls",
    "tonic",
    "tower",
];

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("is not a log filter: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("is not the address of a collector: {0}")]
    Endpoint(String),
    #[error("telemetry was already started")]
    Started(#[from] tracing_subscriber::util::TryInitError),
}

impl Error {
    /// The variable to correct.
    pub fn variable(&self) -> &'static str {
        match self {
            Self::Filter(_) | Self::Started(_) => "SPOTTER_LOG",
            Self::Endpoint(_) => "SPOTTER_OTLP_ENDPOINT",
        }
    }
}

/// Sends the last spans when it is dropped. Drop it while the runtime still runs.
#[must_use = "telemetry ends when the guard is dropped"]
pub struct Guard {
    provider: SdkTracerProvider,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // A collector that is away costs its spans and never more than the deadline.
        let _ = self.provider.shutdown_with_timeout(COLLECTOR_DEADLINE);
    }
}

/// Starts logs on stderr, and traces when an endpoint is set. A collector that is away never fails a service.
///
/// Needs a running tokio runtime when an endpoint is set, since the exporter's connection lives there.
pub fn init(service: &'static str, config: &Config) -> Result<Guard, Error> {
    let (filter, handle) = reload::Layer::new(EnvFilter::try_new(&config.log)?);
    let provider = provider(service, config)?;
    let log: Box<dyn Layer<Registry> + Send + Sync> = match config.log_format {
        LogFormat::Json => fmt::layer()
            .event_format(json::Line { service })
            .fmt_fields(json::Fields)
            .with_writer(io::stderr)
            .with_filter(filter)
            .boxed(),
        LogFormat::Pretty => fmt::layer()
            .compact()
            .with_target(false)
            .with_writer(io::stderr)
            .with_filter(filter)
            .boxed(),
    };
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("spotter"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_context_activation(false)
        .with_filter(own_spans());
    tracing_subscriber::registry().with(log).with(spans).try_init()?;
    verbosity::Filter {
        handle,
        configured: config.log.clone(),
        service: service.replace('-', "_"),
    }
    .keep();
    Ok(Guard { provider })
}

/// Trace ids exist without a collector too, since problem replies and logs carry them.
fn provider(service: &'static str, config: &Config) -> Result<SdkTracerProvider, Error> {
    let resource = Resource::builder_empty()
        .with_attribute(KeyValue::new("service.name", service))
        .with_attribute(KeyValue::new("service.namespace", "spotter"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = &config.otlp_endpoint else {
        return Ok(builder.with_sampler(Sampler::AlwaysOff).build());
    };
    if !endpoint.starts_with("http://") {
        return Err(Error::Endpoint("it must begin with http://".to_owned()));
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(COLLECTOR_DEADLINE)
        .build()
        .map_err(|error| Error::Endpoint(error.to_string()))?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(8_192)
        .with_scheduled_delay(Duration::from_secs(1))
        .build();
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    let root = Sampler::TraceIdRatioBased(config.trace_ratio);
    Ok(builder
        .with_sampler(Sampler::ParentBased(Box::new(root)))
        .with_span_processor(processor)
        .build())
}

fn own_spans() -> Targets {
    let silent = SILENT.map(|library| (library, LevelFilter::OFF));
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(silent)
}
