//! Breaks a whole Spotter in every way it knows, from one seed, while people write to each other; then heals
//! it and asks the checker what was lost, repeated, out of order or seen by others.
//!
//! Reading order: `faults` names what can be done, `schedule` deals it out from a seed, `cluster` is what it
//! is done to, `nemesis` does it, `cast` and `workload` are the people, `deeds` what they were promised,
//! `verdict` asks the checker, `explain` says shortly what it found, and `report` prints it.

use std::time::{Duration, Instant};

mod cast;
mod cluster;
mod deeds;
mod explain;
mod faults;
mod neighbour;
mod nemesis;
mod plan;
mod report;
mod schedule;
mod verdict;
mod workload;

use cast::Cast;
use cluster::Cluster;
use nemesis::Nemesis;
pub use plan::{Form, Plan};
pub use report::Outcome;
use schedule::Schedule;
use workload::Workload;

/// Every service is ready again well within this, on a busy machine too.
const UP_AGAIN: Duration = Duration::from_mins(1);

/// Runs the whole thing: people write while the nemesis follows its schedule, then everything heals.
pub async fn run(plan: Plan) -> Outcome {
    let schedule = Schedule::of(&plan);
    report::announce(&plan, &schedule);
    let cluster = Cluster::start().await;
    let cast = Cast::gather(&cluster, &plan).await;
    let begun = Instant::now();
    let mut workload = Workload::begin(cast, &plan);
    let journal = Nemesis::new(&cluster, begun).follow(&schedule).await;
    workload.written(plan.messages, plan.patience()).await;
    let cast = workload.end().await;
    let wrote = begun.elapsed();
    cluster.is_whole(UP_AGAIN).await;
    let verdict = verdict::of(cast, &cluster).await;
    Outcome {
        plan,
        wrote,
        verdict,
        journal,
    }
}
