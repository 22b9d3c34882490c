//! Mutants that `make mutants` can try: each still applies, and says what it removes and what is found then.

use std::process::Command;

use e2e::mutants::{header::Header, patches};

#[test]
fn every_mutant_applies_to_the_sources_and_says_what_finds_it() {
    let patches = patches();

    let mut offences = Vec::new();
    for patch in &patches {
        let said = std::fs::read_to_string(patch).unwrap();
        if let Err(error) = said.parse::<Header>() {
            offences.push(format!("{}: {error}", patch.display()));
        }
        let applied = Command::new("git")
            .args(["apply", "--check"])
            .arg(patch)
            .current_dir(sandbox::workspace())
            .output()
            .unwrap();
        if !applied.status.success() {
            offences.push(String::from_utf8_lossy(&applied.stderr).into_owned());
        }
    }

    assert!(patches.len() >= 10, "only {} mutants", patches.len());
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}
