//! What a patch says of itself, before its first difference.

use std::str::FromStr;

/// How a mutant is found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The safeguard, as a sentence that no longer holds.
    pub removes: String,
    pub shown_by: Show,
    /// The anomaly of the checker, the promise of the model, or the test: what is named then.
    pub finds: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// Arguments of our own program, with its seed.
    Program(Vec<String>),
    /// Arguments of cargo.
    Test(Vec<String>),
}

impl Show {
    /// Tests of stories start every service.
    pub fn needs_programs(&self) -> bool {
        match self {
            Self::Program(_) => true,
            Self::Test(arguments) => arguments.iter().any(|argument| argument == "e2e"),
        }
    }
}

impl Header {
    /// Whether it is named there: as an anomaly, as a promise that has a counterexample, or as a test that failed.
    pub fn is_found_in(&self, said: &str) -> bool {
        let Self { finds, .. } = self;
        said.lines().map(str::trim).any(|line| match &self.shown_by {
            Show::Program(_) => {
                let anomaly = line.strip_prefix("ANOMALY ").unwrap_or(line);
                anomaly
                    .strip_prefix(finds.as_str())
                    .is_some_and(|rest| rest.starts_with([' ', '{']))
            }
            Show::Test(_) => {
                let failed = line.starts_with("test ") && line.ends_with("FAILED");
                let broken = line.starts_with("BROKEN ");
                (failed || broken) && line.contains(finds.as_str())
            }
        })
    }
}

impl FromStr for Header {
    type Err = String;

    fn from_str(patch: &str) -> Result<Self, String> {
        let said = patch.split("\ndiff --git").next().unwrap_or_default();
        let line = |name: &str| {
            let mut lines = said.lines();
            let line = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.map(str::to_owned)
                .ok_or(format!("it does not say `{name}: …`"))
        };
        let shown_by = line("Shown by")?;
        let mut words = shown_by.split_whitespace().map(str::to_owned);
        let shown_by = match words.next().as_deref() {
            Some("e2e") => Show::Program(words.collect()),
            Some("cargo") => Show::Test(words.collect()),
            _ => return Err(format!("`{shown_by}` is neither `e2e …` nor `cargo …`")),
        };
        Ok(Self {
            removes: line("Removes")?,
            shown_by,
            finds: line("Finds")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_is_found_only_by_the_anomaly_that_it_names() {
        let header = header("e2e exchange --kills 1", "Lost");

        assert!(header.is_found_in("mismatches 1\n  Lost { id: 1 }"));
        assert!(header.is_found_in("ANOMALY Lost { id: 1 }"));
        assert!(!header.is_found_in("mismatches 1\n  Duplicate { id: 1 }"));
        assert!(!header.is_found_in("ANOMALY LostAgain { id: 1 }"));
    }

    #[test]
    fn a_mutant_is_found_only_by_the_test_that_it_names() {
        let header = header("cargo test --package gateway", "it_holds");

        assert!(header.is_found_in("test it_holds ... FAILED"));
        assert!(!header.is_found_in("test it_holds ... ok\ntest another ... FAILED"));
    }

    #[test]
    fn a_patch_that_does_not_say_what_it_finds_is_refused() {
        let said = "Removes: a rule\nShown by: e2e chaos --seed 1\n\ndiff --git a/x b/x\nFinds: no";

        assert_eq!(
            said.parse::<Header>(),
            Err("it does not say `Finds: …`".to_owned())
        );
    }

    fn header(shown_by: &str, finds: &str) -> Header {
        let patch = format!("Removes: a rule\nShown by: {shown_by}\nFinds: {finds}\n\ndiff --git a/x b/x\n");
        patch.parse().unwrap()
    }
}
