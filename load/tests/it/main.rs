//! Small forms of measurements that show a promise.
#![cfg(test)]

mod canary;

use std::time::Duration;

use load::herd::{self, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn a_herd_whose_gateways_all_die_is_told_when_to_come_back_and_is_back_in_half_a_minute() {
    // A hundred devices of each address, and half of them at once.
    let plan = Plan {
        devices: 300,
        addresses: 3,
        gateways: 2,
        rate: "20/25".to_owned(),
    };

    let outcome = herd::run(&plan).await;

    println!("{outcome}");
    assert_eq!(outcome.back.len(), plan.devices);
    assert!(outcome.last() <= Duration::from_secs(30), "{outcome}");
    assert!(outcome.refused.contains_key(&(429, true)), "nobody was refused");
    assert!(outcome.refused.keys().all(|(_, told)| *told), "{outcome}");
}
