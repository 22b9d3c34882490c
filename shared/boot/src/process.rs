//! What the kernel says about this process.

use std::fs;

use prometheus::{
    IntGauge, Opts, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

const PAGE_BYTES: i64 = 4096;

/// Adds `process_resident_memory_bytes` and `process_open_fds`, read at each scrape.
pub(crate) fn register(registry: &Registry) {
    let memory = IntGauge::with_opts(Opts::new("process_resident_memory_bytes", "Resident memory"));
    let files = IntGauge::with_opts(Opts::new("process_open_fds", "Open files and sockets"));
    if let (Ok(memory), Ok(files)) = (memory, files) {
        // Only a second registration is refused.
        let _ = registry.register(Box::new(Kernel { memory, files }));
    }
}

/// Takes as many open files as this process may have, and says how many; `None` is without a bound.
///
/// Container engines start a process with 1,024, for old programs that count on it, and let it ask for more.
pub(crate) fn take_open_files() -> Option<usize> {
    let most = getrlimit(Resource::Nofile).maximum;
    let wanted = Rlimit {
        current: most,
        maximum: most,
    };
    // Where that is refused, what there is has to do.
    let _ = setrlimit(Resource::Nofile, wanted);
    let files = getrlimit(Resource::Nofile).current?;
    Some(usize::try_from(files).unwrap_or(usize::MAX))
}

struct Kernel {
    memory: IntGauge,
    files: IntGauge,
}

impl Collector for Kernel {
    fn desc(&self) -> Vec<&Desc> {
        [self.memory.desc(), self.files.desc()].concat()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        if let Some(pages) = resident_pages() {
            self.memory.set(pages * PAGE_BYTES);
        }
        if let Ok(files) = fs::read_dir("/proc/self/fd") {
            self.files.set(i64::try_from(files.count()).unwrap_or(i64::MAX));
        }
        [self.memory.collect(), self.files.collect()].concat()
    }
}

fn resident_pages() -> Option<i64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    statm.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_files_are_seen_at_each_scrape() {
        let registry = Registry::new();
        register(&registry);

        for family in registry.gather() {
            assert!(
                family.get_metric()[0].get_gauge().get_value() > 1.0,
                "{}",
                family.name()
            );
        }
        assert!(take_open_files().is_none_or(|files| files > 0));
    }
}
