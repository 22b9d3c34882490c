//! The dashboards, rules and their tests as they lie in `deploy/`, and the sections of the runbook.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// An alert, and the section it leads to.
#[derive(Debug)]
pub struct Alert {
    pub name: String,
    pub runbook: String,
}

/// The expressions of all panels, with what Grafana would put in.
pub fn dashboards() -> Vec<String> {
    let mut expressions = Vec::new();
    for file in files("deploy/grafana/dashboards", "json") {
        let dashboard: Value = serde_json::from_str(&read(&file)).unwrap();
        let before = expressions.len();
        for panel in dashboard["panels"].as_array().unwrap() {
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty(), "{} of {}", panel["title"], file.display());
            let asked = targets.iter().map(|target| target["expr"].as_str().unwrap());
            expressions.extend(asked.map(filled_in));
        }
        assert!(expressions.len() > before, "{} shows nothing", file.display());
    }
    expressions
}

fn filled_in(expression: &str) -> String {
    expression
        .replace("$__rate_interval", "1m")
        .replace("$instance", ".*")
}

/// The rules as they are written.
pub fn rules() -> Vec<String> {
    files("deploy/prometheus/rules", "yml")
        .iter()
        .map(|file| read(file))
        .collect()
}

pub fn alerts() -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    for line in rules().iter().flat_map(|text| text.lines()) {
        let line = line.trim_start();
        if let Some(name) = line.strip_prefix("- alert: ") {
            alerts.push(Alert {
                name: name.to_owned(),
                runbook: String::new(),
            });
        }
        if let (Some(url), Some(alert)) = (
            line.strip_prefix("runbook_url: docs/runbook.md#"),
            alerts.last_mut(),
        ) {
            url.clone_into(&mut alert.runbook);
        }
    }
    alerts
}

/// promtool's tests as they are written.
pub fn tests() -> String {
    let files = files("deploy/prometheus/tests", "yml");
    files.iter().map(|file| read(file)).collect()
}

/// Every name in a text that could be one of a figure. Parts of a histogram go by its name.
pub fn figures(text: &str) -> Vec<String> {
    let names = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    names
        .map(|name| {
            let part = ["_bucket", "_sum", "_count"]
                .into_iter()
                .find_map(|part| name.strip_suffix(part));
            part.unwrap_or(name).to_owned()
        })
        .collect()
}

/// The sections of the runbook that alerts and panels lead to.
pub fn links() -> BTreeSet<String> {
    let mut texts = rules();
    texts.extend(
        files("deploy/grafana/dashboards", "json")
            .iter()
            .map(|file| read(file)),
    );
    let links = texts
        .iter()
        .flat_map(|text| text.split("docs/runbook.md#").skip(1));
    links
        .map(|rest| {
            let end = rest.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .collect()
}

/// The sections of the runbook, as links name them.
pub fn anchors() -> BTreeSet<String> {
    let page = read(&sandbox::workspace().join("docs/runbook.md"));
    let headings = page.lines().filter_map(|line| line.strip_prefix("##"));
    headings
        .map(|heading| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            kept.map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
        .collect()
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(sandbox::workspace().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "nothing in {folder}");
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}
