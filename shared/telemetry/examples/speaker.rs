//! Says a few things inside of spans, for the tests, and ends.

use std::io;

use clap::Parser as _;
use tracing::{error, field::Empty, info, info_span};

#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    telemetry: telemetry::Config,
    /// Whose child the first span is
    #[arg(long)]
    parent: Option<String>,
    /// Whom the first span points to
    #[arg(long)]
    link: Option<String>,
}

#[derive(Debug)]
struct Outer(io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("could not reach the broker")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::main]
async fn main() {
    let flags = Flags::parse();
    let Ok(guard) = telemetry::init("speaker", &flags.telemetry) else {
        std::process::exit(64)
    };
    let outer = info_span!("outer", user.id = 7, later = Empty, otel.kind = "server");
    if let Some(parent) = &flags.parent {
        telemetry::context::set_parent(&outer, parent);
    }
    if let Some(link) = &flags.link {
        telemetry::context::link(&outer, link);
    }
    outer.in_scope(|| {
        outer.record("later", "known");
        let inner = info_span!("inner", user.id = 8, deep = true);
        inner.in_scope(|| {
            let traceparent = telemetry::context::current();
            info!(number = 0.5, traceparent, "Said {}", "something");
        });
        let cause = Outer(io::Error::other("connection refused"));
        error!(
            error = &cause as &dyn std::error::Error,
            r#type = "kind",
            "Failed"
        );
    });
    drop(outer);
    info!("Outside");
    drop(tokio::task::spawn_blocking(move || drop(guard)).await);
}
