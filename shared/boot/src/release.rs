//! Which release runs: told by `--version`, and to whoever scrapes.

use prometheus::{IntGauge, Opts, Registry};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Given to the build by whoever knows it; a build from an archive has none.
const COMMIT: Option<&str> = option_env!("SPOTTER_COMMIT");

/// The release, and the commit where the build was told of it. Leaks a few bytes once per process,
/// because clap keeps the version for ever.
pub(crate) fn version() -> &'static str {
    Box::leak(shown(VERSION, commit()).into_boxed_str())
}

/// Adds `build_info`, always 1, whose labels say what runs.
pub(crate) fn register(registry: &Registry) {
    let opts = Opts::new("build_info", "The release that runs; always 1")
        .const_label("version", VERSION)
        .const_label("commit", commit().unwrap_or_default());
    if let Ok(gauge) = IntGauge::with_opts(opts) {
        gauge.set(1);
        // Only a second registration is refused.
        let _ = registry.register(Box::new(gauge));
    }
}

fn commit() -> Option<&'static str> {
    COMMIT.filter(|commit| !commit.is_empty())
}

fn shown(version: &str, commit: Option<&str>) -> String {
    commit.map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_names_the_commit_where_it_is_known() {
        assert_eq!(shown("1.2.3", Some("5551762")), "1.2.3 (5551762)");
        assert_eq!(shown("1.2.3", None), "1.2.3");
    }
}
