//! Lets two people in real browsers loose on an installation of its own, as `make up` starts one.
#![expect(clippy::expect_used, reason = "stories that cannot be told say why and end")]

use std::{path::Path, time::Duration};

use sandbox::{Output, Process, Spec, workspace};

use crate::installation::Installation;

/// All stories take some minutes; a hanging browser ends here.
const TOLD: Duration = Duration::from_mins(15);

/// Which stories, and how often.
#[derive(clap::Args)]
pub struct Stories {
    /// Only files whose path contains one of these
    filter: Vec<String>,
    /// Tell all of them again and again, and stop at the first failure
    #[arg(long, default_value_t = 1)]
    runs: u32,
}

/// Whether every story ended well. What did not is on standard output.
pub async fn run(stories: Stories) -> bool {
    let installation = Installation::start("browser").await;

    let mut well = true;
    for _ in 0..stories.runs {
        well = well && tell(&installation.demo(), &stories.filter).await;
    }

    let stopped = installation.stop().await;
    well && stopped
}

async fn tell(demo: &Path, filter: &[String]) -> bool {
    let folder = workspace().join("web/browser");
    let runner = workspace().join("web/node_modules/vitest/vitest.mjs");
    let spec = Spec::new("browser", "node")
        .arg(runner)
        .args(["run", "--root"])
        .arg(folder)
        .args(filter.iter())
        .env("SPOTTER_DEMO", demo)
        .output(Output::Inherit);
    let mut node = Process::start(spec).expect("`dev/setup` has brought Node");
    node.ended(TOLD).await.expect("the stories end").success()
}
