//! What the kernel says about this process.

use std::fs;

use prometheus::{
    IntGauge, Opts, Registry,
    core::{Collector, Desc},
    proto::MetricFamily,
};

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

/// The soft limit of open files, where the kernel tells.
pub(crate) fn open_files_limit() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
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
        assert!(open_files_limit().unwrap() > 0);
    }
}
