//! The page of cases tells the truth: every row is mapped, and what it names exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_case_names_its_tests_or_is_open() {
    let root = sandbox::workspace();
    let page = fs::read_to_string(root.join("docs/cases.md")).unwrap();
    let known = known_tests(root);
    let targets = fs::read_to_string(root.join("Makefile")).unwrap();

    let mut offences = Vec::new();
    let mut rows = 0;
    for (case, shown_by) in page.lines().filter_map(row) {
        rows += 1;
        let names: Vec<_> = shown_by.split('`').skip(1).step_by(2).collect();
        let tests = shown_by.split("open:").next().unwrap_or_default();
        if names.is_empty() && !shown_by.contains("open: ") {
            offences.push(format!("not mapped: {case}"));
        }
        for name in tests.split('`').skip(1).step_by(2) {
            let exists = match name.strip_prefix("make ") {
                Some(target) => targets
                    .lines()
                    .any(|line| line.starts_with(&format!("{target}:"))),
                None => known.contains(name),
            };
            if !exists {
                offences.push(format!("{name} does not exist: {case}"));
            }
        }
    }

    assert!(rows > 90, "only {rows} rows were read");
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

/// The two cells of a row; headings and rules are none.
fn row(line: &str) -> Option<(&str, &str)> {
    let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let (case, shown_by) = cells.split_once(" | ")?;
    (shown_by != "shown by").then_some((case, shown_by))
}

/// Names of functions under a `#[test]` or `#[tokio::test]` in all sources, and of the web client's tests.
fn known_tests(root: &Path) -> BTreeSet<String> {
    let mut names = web_tests(root);
    for folder in ["services", "shared", "e2e", "fuzz", "load", "dev"] {
        for file in sources(&root.join(folder), &["rs"]) {
            let text = fs::read_to_string(file).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim_start) {
                if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
                    marked = true;
                } else if let Some((_, rest)) = line.split_once("fn ") {
                    let name: String = rest
                        .chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect();
                    if std::mem::take(&mut marked) {
                        names.insert(name);
                    }
                }
            }
        }
    }
    names
}

/// What `test(…)` and `it(…)` are called there.
fn web_tests(root: &Path) -> BTreeSet<String> {
    let files = ["chat-client", "app", "browser"]
        .iter()
        .flat_map(|folder| sources(&root.join("web").join(folder), &["ts", "tsx"]));
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        for call in ["test(", "it("] {
            let calls = text
                .match_indices(call)
                .map(|(start, _)| &text[start + call.len()..]);
            names.extend(calls.filter_map(|rest| {
                rest.trim_start()
                    .strip_prefix('"')?
                    .split('"')
                    .next()
                    .map(str::to_owned)
            }));
        }
    }
    names
}

fn sources(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with("node_modules") {
            files.extend(sources(&path, extensions));
        } else if path
            .extension()
            .is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
        {
            files.push(path);
        }
    }
    files
}
