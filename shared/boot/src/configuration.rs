//! Flags and variables in, settings or exactly one line out.

use std::{
    env,
    ffi::OsString,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{
    Command, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
};

use crate::{Settings, release};

/// `EX_USAGE` of sysexits: started the wrong way, and starting again will not help.
const USAGE: u8 = 64;

/// What the first argument may ask for instead; `run` answers it.
const COMMANDS: &str = "Commands:\n  health         Is the one that runs here ready? Exits 0 when it is\n  \
                        configuration  Print every variable as JSON";

/// A setting that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{variable}: {why}")]
pub struct Invalid {
    pub variable: &'static str,
    pub why: String,
}

impl Invalid {
    pub fn new(variable: &'static str, why: impl Into<String>) -> Self {
        Self {
            variable,
            why: why.into(),
        }
    }
}

/// Reads the settings of this process, or says how it must end: 0 after `--help`, 64 after a mistake.
pub(crate) fn read<S: Settings>(service: &'static str) -> Result<S, ExitCode> {
    settings(service, env::args_os()).map_err(Ending::tell)
}

/// Says on one line of stderr what to correct.
pub(crate) fn refuse(line: &dyn std::fmt::Display) -> ExitCode {
    let line = line.to_string().replace(['\n', '\r'], " ");
    let _ = writeln!(io::stderr(), "{line}");
    ExitCode::from(USAGE)
}

/// Why there are no settings.
#[derive(Debug)]
pub(crate) enum Ending {
    /// `--help` or `--version`.
    Answered(String),
    Refused(String),
}

impl Ending {
    /// Tells it, and says how the process ends.
    pub(crate) fn tell(self) -> ExitCode {
        match self {
            Self::Answered(text) => {
                // Nobody is left to tell when stdout is closed.
                let _ = write!(io::stdout(), "{text}");
                ExitCode::SUCCESS
            }
            Self::Refused(line) => refuse(&line),
        }
    }
}

fn settings<S: Settings>(
    service: &'static str,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<S, Ending> {
    let command = S::command()
        .name(service)
        .version(release::version())
        .after_help(COMMANDS);
    let settings: S = parse(command, arguments)?;
    settings
        .validate()
        .map_err(|invalid| Ending::Refused(invalid.to_string()))?;
    Ok(settings)
}

/// Reads what `command` describes from arguments and variables.
pub(crate) fn parse<P: FromArgMatches>(
    mut command: Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<P, Ending> {
    command
        .try_get_matches_from_mut(arguments)
        .and_then(|matches| P::from_arg_matches(&matches))
        .map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                Ending::Answered(error.render().to_string())
            }
            _ => Ending::Refused(one_line(&command, &error)),
        })
}

/// Turns clap's paragraph into `VARIABLE: why`. Values are left out: they may be secrets.
fn one_line(command: &Command, error: &clap::Error) -> String {
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => vec![argument.clone()],
        Some(ContextValue::Strings(arguments)) => arguments.clone(),
        _ => Vec::new(),
    };
    let names: Vec<String> = named.iter().map(|argument| variable(command, argument)).collect();
    let why = match error.kind() {
        ErrorKind::MissingRequiredArgument => "is required".to_owned(),
        ErrorKind::UnknownArgument => format!("is not a flag{}; see --help", suggestion(command, error)),
        ErrorKind::ArgumentConflict => "cannot be given together or twice".to_owned(),
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            "needs one value".to_owned()
        }
        ErrorKind::InvalidValue => expected(error),
        ErrorKind::InvalidUtf8 => "is not UTF-8".to_owned(),
        _ => cause(error),
    };
    match names.as_slice() {
        [] => format!("SPOTTER_…: {why}; see --help"),
        names => format!("{}: {why}", names.join(", ")),
    }
}

/// The variable of the argument that clap shows as `--listen <ADDRESS>`.
fn variable(command: &Command, shown: &str) -> String {
    command
        .get_arguments()
        .find(|argument| {
            argument.to_string() == shown
                || argument
                    .get_long()
                    .is_some_and(|long| shown.split([' ', '=']).next() == Some(&format!("--{long}")))
        })
        .and_then(|argument| argument.get_env())
        .map_or_else(|| shown.to_owned(), |name| name.to_string_lossy().into_owned())
}

fn suggestion(command: &Command, error: &clap::Error) -> String {
    let near = match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(near)) => near,
        Some(ContextValue::Strings(near)) if !near.is_empty() => &near.join(" or "),
        _ => return String::new(),
    };
    format!(", perhaps {near} ({}) was meant", variable(command, near))
}

fn expected(error: &clap::Error) -> String {
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            format!("must be one of {}", values.join(", "))
        }
        _ => "needs a value".to_owned(),
    }
}

fn cause(error: &clap::Error) -> String {
    std::error::Error::source(error).map_or_else(|| "is not valid".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[derive(clap::Parser)]
    struct Example {
        #[command(flatten)]
        boot: Config,
        #[arg(long, env = "SPOTTER_EXAMPLE_NAME")]
        name: String,
    }

    impl Settings for Example {
        fn boot(&self) -> &Config {
            &self.boot
        }

        fn validate(&self) -> Result<(), Invalid> {
            if self.name == "bad" {
                return Err(Invalid::new("SPOTTER_EXAMPLE_NAME", "must be good"));
            }
            Ok(())
        }
    }

    fn refusal(arguments: &[&str]) -> String {
        let arguments = ["example"].iter().chain(arguments).map(OsString::from);
        match settings::<Example>("example", arguments) {
            Err(Ending::Refused(line)) => line,
            Err(Ending::Answered(text)) => panic!("answered {text}"),
            Ok(_) => panic!("accepted"),
        }
    }

    #[test]
    fn every_mistake_is_one_line_that_names_the_variable() {
        let good = "--name=good";
        for (arguments, line) in [
            (vec![], "SPOTTER_EXAMPLE_NAME: is required"),
            (vec!["--name"], "SPOTTER_EXAMPLE_NAME: needs a value"),
            (vec!["--name=bad"], "SPOTTER_EXAMPLE_NAME: must be good"),
            (
                vec![good, "--listen=nonsense"],
                "SPOTTER_LISTEN: invalid socket address syntax",
            ),
            (
                vec![good, "--listen", ""],
                "SPOTTER_LISTEN: invalid socket address syntax",
            ),
            (
                vec![good, "--drain-seconds=-1"],
                "SPOTTER_DRAIN_SECONDS: invalid digit found in string",
            ),
            (
                vec![good, "--max-connections=0"],
                "SPOTTER_MAX_CONNECTIONS: 0 is not in 1..=4294967295",
            ),
            (
                vec![good, "--log-format=xml"],
                "SPOTTER_LOG_FORMAT: must be one of json, pretty",
            ),
            (
                vec![good, "--trace-ratio=2"],
                "SPOTTER_TRACE_RATIO: must be a number from 0 to 1",
            ),
            (
                vec![good, good],
                "SPOTTER_EXAMPLE_NAME: cannot be given together or twice",
            ),
            (
                vec![good, "--listem=127.0.0.1:1"],
                "--listem: is not a flag, perhaps --listen (SPOTTER_LISTEN) was meant; see --help",
            ),
            (vec![good, "more"], "more: is not a flag; see --help"),
        ] {
            assert_eq!(refusal(&arguments), line, "{arguments:?}");
        }
    }

    #[test]
    fn help_names_every_variable() {
        let Err(Ending::Answered(help)) =
            settings::<Example>("example", ["example", "--help"].map(OsString::from))
        else {
            panic!("no help");
        };

        for argument in <Example as clap::CommandFactory>::command().get_arguments() {
            if let Some(variable) = argument.get_env() {
                assert!(help.contains(&*variable.to_string_lossy()), "{variable:?}");
            }
        }
    }
}
