//! Histograms of seconds whose buckets remember a trace each: from a slow second to the message that was slow.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus::{Histogram, HistogramOpts};

use crate::Lifecycle;

/// A registered histogram; clones share it.
#[derive(Clone, Debug)]
pub struct Latency {
    histogram: Histogram,
    exemplars: Arc<Buckets>,
}

/// The latest recorded trace of each bucket.
#[derive(Debug)]
struct Buckets {
    /// Upper bounds, the last one infinite.
    bounds: Vec<f64>,
    /// Written by whoever observes, read by a scrape.
    latest: Vec<Mutex<Option<Exemplar>>>,
}

#[derive(Debug)]
struct Exemplar {
    trace: String,
    seconds: f64,
    /// Unix time.
    at: f64,
}

impl Latency {
    pub fn register(opts: HistogramOpts, life: &Lifecycle) -> Result<Self, prometheus::Error> {
        let name = opts.common_opts.name.clone();
        let mut bounds = opts.buckets.clone();
        bounds.push(f64::INFINITY);
        let histogram = Histogram::with_opts(opts)?;
        life.registry.register(Box::new(histogram.clone()))?;
        let exemplars = Arc::new(Buckets {
            latest: bounds.iter().map(|_| Mutex::default()).collect(),
            bounds,
        });
        life.exemplars.add(name, exemplars.clone());
        Ok(Self { histogram, exemplars })
    }

    /// Counts, and remembers `trace` where there is one: the id of a trace that is recorded.
    pub fn observe(&self, seconds: f64, trace: Option<String>) {
        self.histogram.observe(seconds);
        if let Some(trace) = trace {
            self.exemplars.keep(trace, seconds);
        }
    }
}

impl Buckets {
    /// Whoever comes while the bucket is being read or written goes without: nobody waits for an example.
    fn keep(&self, trace: String, seconds: f64) {
        let index = self.bounds.partition_point(|bound| *bound < seconds);
        let Some(mut latest) = self.latest.get(index).and_then(|latest| latest.try_lock().ok()) else {
            return;
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        *latest = Some(Exemplar {
            trace,
            seconds,
            at: now.unwrap_or_default().as_secs_f64(),
        });
    }

    #[expect(
        clippy::float_cmp,
        reason = "a bound is printed so that it reads back as the same number"
    )]
    fn show(&self, bound: f64) -> Option<String> {
        let index = self.bounds.iter().position(|other| *other == bound)?;
        let latest = self.latest.get(index)?.lock();
        let latest = latest.unwrap_or_else(PoisonError::into_inner);
        let Exemplar { trace, seconds, at } = latest.as_ref()?;
        Some(format!(" # {{trace_id=\"{trace}\"}} {seconds} {at:.3}"))
    }
}

/// What the latencies of a process remember, by name; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Exemplars(Arc<Mutex<BTreeMap<String, Arc<Buckets>>>>);

impl Exemplars {
    fn add(&self, name: String, buckets: Arc<Buckets>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(name, buckets);
    }

    /// What OpenMetrics puts behind the line of a bucket.
    fn of_line(&self, line: &str) -> Option<String> {
        let (name, rest) = line.split_once("_bucket{le=\"")?;
        let (bound, _) = rest.split_once('"')?;
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name)?.show(bound.parse().ok()?)
    }

    /// The classic text as OpenMetrics writes it, with exemplars: a counter's family goes without its
    /// `_total`, and the text says where it ends.
    pub(crate) fn openmetrics(&self, classic: &str) -> String {
        let mut text = String::with_capacity(classic.len() + 1_024);
        for line in classic.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                text.push_str("# ");
                text.push_str(&comment.replacen("_total ", " ", 1));
            } else {
                text.push_str(line);
                text.extend(self.of_line(line));
            }
            text.push('\n');
        }
        text.push_str("# EOF\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use prometheus::{IntCounter, TextEncoder};

    use super::*;

    #[test]
    fn a_bucket_shows_the_latest_trace_that_fell_into_it() {
        let life = Lifecycle::new();
        let opts = HistogramOpts::new("wait_seconds", "Waits").buckets(vec![0.1, 1.0]);
        let latency = Latency::register(opts, &life).unwrap();

        latency.observe(0.5, Some("older".to_owned()));
        latency.observe(0.7, Some("latest".to_owned()));
        latency.observe(0.05, None);
        latency.observe(7.0, Some("slow".to_owned()));

        let text = openmetrics(&life);
        let shown = |bound: &str| {
            let line = format!("wait_seconds_bucket{{le=\"{bound}\"}} ");
            let line = text.lines().find_map(|found| found.strip_prefix(&line)).unwrap();
            line.to_owned()
        };
        assert_eq!(shown("0.1"), "1");
        assert!(
            shown("1").starts_with("3 # {trace_id=\"latest\"} 0.7 1"),
            "{text}"
        );
        assert!(shown("+Inf").starts_with("4 # {trace_id=\"slow\"} 7 1"), "{text}");
    }

    #[test]
    fn a_counters_family_has_no_total_in_open_metrics() {
        let life = Lifecycle::new();
        let counter = IntCounter::new("slips_total", "Slips, in total or not").unwrap();
        life.registry.register(Box::new(counter)).unwrap();

        let text = openmetrics(&life);

        assert!(text.contains("# HELP slips Slips, in total or not\n# TYPE slips counter\nslips_total 0\n"));
        assert!(text.ends_with("\n# EOF\n"));
    }

    fn openmetrics(life: &Lifecycle) -> String {
        let classic = TextEncoder::new().encode_to_string(&life.registry.gather());
        life.exemplars.openmetrics(&classic.unwrap())
    }
}
