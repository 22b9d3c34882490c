//! What may be set about logs and traces.

/// Logs and traces. All defaults work without any collector.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// What is logged: a level, or directives such as `info,gateway=debug`
    #[arg(
        long = "log",
        env = "SPOTTER_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub log: String,

    /// How log lines are written: for machines or for people
    #[arg(long, env = "SPOTTER_LOG_FORMAT", default_value = "json", value_enum)]
    pub log_format: LogFormat,

    /// Where traces are sent by OTLP over gRPC, such as `http://collector:4317`; without it no spans are recorded
    #[arg(long, env = "SPOTTER_OTLP_ENDPOINT", value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// Which part of the traces that begin here is recorded, from 0 to 1
    #[arg(long, env = "SPOTTER_TRACE_RATIO", default_value_t = 1.0, value_parser = ratio)]
    pub trace_ratio: f64,
}

/// Who reads the log.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Pretty,
}

fn ratio(raw: &str) -> Result<f64, String> {
    match raw.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}
