//! What the service counts.

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, Opts, Registry};
use protocol::ErrorCode;

#[derive(Clone, Debug)]
pub struct Metrics {
    /// By outcome: `ready` or the code of the refusal.
    uploads: IntCounterVec,
    /// Files whose objects were removed.
    pub swept: IntCounter,
    /// Of rendering alone, whatever its outcome.
    pub render_seconds: Histogram,
    /// Of encoding a voice message, whatever its outcome.
    pub voice_seconds: Histogram,
}

impl Metrics {
    pub fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let uploads = IntCounterVec::new(
            Opts::new("file_uploads_total", "Uploads by outcome: ready, or why not"),
            &["outcome"],
        )?;
        let render_seconds = Histogram::with_opts(
            HistogramOpts::new("file_render_seconds", "Time to make the variants of an image")
                .buckets(vec![0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]),
        )?;
        let swept = IntCounter::new("file_swept_total", "Files whose objects left the bucket")?;
        registry.register(Box::new(swept.clone()))?;
        registry.register(Box::new(uploads.clone()))?;
        registry.register(Box::new(render_seconds.clone()))?;
        let voice_seconds = Histogram::with_opts(
            HistogramOpts::new("file_voice_seconds", "Time to encode a voice message")
                .buckets(vec![0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0]),
        )?;
        registry.register(Box::new(voice_seconds.clone()))?;
        // A figure that is missing would look like one that is 0.
        uploads.with_label_values(&["ready"]);
        for code in ErrorCode::ALL {
            uploads.with_label_values(&[&code.to_string()]);
        }
        Ok(Self {
            uploads,
            swept,
            render_seconds,
            voice_seconds,
        })
    }

    /// Counts an upload that has ended.
    pub fn count(&self, outcome: Result<(), ErrorCode>) {
        let label = outcome.map_or_else(|code| code.to_string(), |()| "ready".to_owned());
        self.uploads.with_label_values(&[label]).inc();
    }
}
