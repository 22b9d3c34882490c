//! What operators look at is true: dashboards, alerts and their tests, asked of a real Prometheus that
//! scrapes running services.

mod configuration;
mod prometheus;

use std::{collections::BTreeSet, process::Command, time::Duration};

use configuration::{alerts, anchors, dashboards, figures, links, rules};
use prometheus::Prometheus;
use testkit::{Canary, Kit, Options, Service, otlp::Receiver};
use tokio::time::Instant;

/// For all expressions together, from the first scrape on.
const WITHIN: Duration = Duration::from_mins(1);

#[tokio::test]
async fn every_panel_and_alert_returns_a_series() {
    let traces = Receiver::start().await;
    let (kit, canary) = busy(options().with("SPOTTER_OTLP_ENDPOINT", &traces.endpoint())).await;
    let prometheus = Prometheus::beside(&kit, &canary).await;
    let deadline = Instant::now() + WITHIN;

    let mut asked = 0;
    let mut silent = Vec::new();
    for expression in dashboards().into_iter().chain(prometheus.rules().await) {
        if !prometheus.knows_postgres() && expression.contains("pg_") {
            println!("NOT SHOWN without prometheus-postgres-exporter: {expression}");
            continue;
        }
        asked += 1;
        if !prometheus.answers(&expression, deadline).await {
            silent.push(expression);
        }
    }

    assert!(asked > 80, "only {asked} expressions were found");
    assert!(silent.is_empty(), "no series for:\n{}", silent.join("\n"));
    for histogram in [
        "gateway_ack_seconds",
        "gateway_deliver_seconds",
        "chat_commit_seconds",
    ] {
        assert!(
            prometheus.has_exemplar(histogram, deadline).await,
            "{histogram} leads to no trace"
        );
    }
}

#[tokio::test]
async fn every_figure_of_a_service_has_a_panel_or_an_alert() {
    let (kit, canary) = busy(options()).await;
    let used: BTreeSet<String> = dashboards()
        .iter()
        .chain(&rules())
        .flat_map(|text| figures(text))
        .collect();

    let mut unseen = BTreeSet::new();
    let mut shown = 0;
    let mut told = vec![canary.openmetrics().await];
    for service in services(&kit) {
        told.push(service.openmetrics().await);
    }
    for text in told {
        for name in exposed(&text) {
            shown += 1;
            if !used.contains(&name) {
                unseen.insert(name);
            }
        }
    }

    assert!(shown > 80, "only {shown} figures were seen");
    assert!(unseen.is_empty(), "counted, and looked at by nobody: {unseen:?}");
}

#[test]
fn alerts_fire_where_they_should_and_are_silent_where_they_should() {
    let folder = sandbox::workspace().join("deploy/prometheus");
    for arguments in [
        ["check", "config", "prometheus.yml"],
        ["test", "rules", "tests/slo.yml"],
        ["test", "rules", "tests/causes.yml"],
    ] {
        let told = Command::new("promtool")
            .args(arguments)
            .current_dir(&folder)
            .output();
        let told = told.unwrap_or_else(|error| panic!("promtool: {error}; run dev/setup tests"));
        let said = String::from_utf8_lossy(&told.stdout) + String::from_utf8_lossy(&told.stderr);
        assert!(told.status.success(), "{arguments:?}:\n{said}");
    }
}

#[test]
fn every_alert_is_tried_both_ways_and_leads_to_a_section_of_the_runbook() {
    let tests = configuration::tests();
    let (alerts, anchors) = (alerts(), anchors());

    assert!(alerts.len() > 15, "only {alerts:?} were found");
    for alert in &alerts {
        let silent = format!("alertname: {}, exp_alerts: []", alert.name);
        let fires = format!("alertname: {}\n", alert.name);
        assert!(
            tests.contains(&silent),
            "{} is never tried where it should be silent",
            alert.name
        );
        assert!(
            tests.contains(&fires),
            "{} is never tried where it should fire",
            alert.name
        );
        assert!(!alert.runbook.is_empty(), "{} has no section", alert.name);
    }
    for link in links() {
        assert!(anchors.contains(&link), "docs/runbook.md has no section #{link}");
    }
}

fn options() -> Options {
    Options {
        gateways: 2,
        files: true,
        directory_stream: true,
        ..Options::default()
    }
}

/// Services that have each been asked something, and a canary that has had an answer.
async fn busy(options: Options) -> (Kit, Canary) {
    let kit = Kit::start(options).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("counted").await;
    desk.expect_text("counted").await;
    for path in ["/api/chat/conversations", "/api/user/trainers", "/api/files/none"] {
        kit.http(&anna).get(path).await;
    }
    let canary = Canary::start(&kit, &anna, &tom);
    let success = "canary_rounds_total{outcome=\"success\"}";
    canary.until(|told| told.get(success) >= Some(&1.0)).await;
    (kit, canary)
}

fn services(kit: &Kit) -> Vec<&Service> {
    let gateways = kit.gateways().iter().map(|gateway| &**gateway);
    gateways
        .chain([kit.history(0), kit.roster(), kit.files()])
        .collect()
}

/// The names of what a program shows.
fn exposed(text: &str) -> Vec<String> {
    let families = text.lines().filter_map(|line| {
        let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
        Some(if kind == "counter" {
            format!("{name}_total")
        } else {
            name.to_owned()
        })
    });
    families.collect()
}
