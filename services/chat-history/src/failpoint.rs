//! Dies on demand between two steps, so that tests can show what a crash there costs. Only debug
//! builds have it: `SPOTTER_FAILPOINT=after_commit` aborts the process at the first chance;
//! `after_commit:/path` aborts as soon as that file exists, and removes it first, so that a test arms
//! it in the middle of its story and the restarted process lives on.

use std::{path::PathBuf, str::FromStr};

/// A step after which the process may be told to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    AfterCommit,
    AfterPublish,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failpoint {
    step: Step,
    armed_by: Option<PathBuf>,
}

impl FromStr for Failpoint {
    type Err = &'static str;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let (step, path) = raw
            .split_once(':')
            .map_or((raw, None), |(step, path)| (step, Some(path)));
        let step = match step {
            "after_commit" => Step::AfterCommit,
            "after_publish" => Step::AfterPublish,
            _ => return Err("after_commit or after_publish, with or without :/path"),
        };
        Ok(Self {
            step,
            armed_by: path.map(PathBuf::from),
        })
    }
}

/// Aborts if this is the step to die at.
pub fn reached(failpoint: Option<&Failpoint>, step: Step) {
    let Some(failpoint) = failpoint.filter(|failpoint| failpoint.step == step) else {
        return;
    };
    let armed = failpoint
        .armed_by
        .as_ref()
        .is_none_or(|path| std::fs::remove_file(path).is_ok());
    if armed && cfg!(debug_assertions) {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failpoint_names_a_step_and_perhaps_the_file_that_arms_it() {
        let bare = Failpoint {
            step: Step::AfterCommit,
            armed_by: None,
        };
        let armed = Failpoint {
            step: Step::AfterPublish,
            armed_by: Some("/tmp/x".into()),
        };

        assert_eq!("after_commit".parse(), Ok(bare));
        assert_eq!("after_publish:/tmp/x".parse(), Ok(armed));
        assert!("before_breakfast".parse::<Failpoint>().is_err());
    }
}
