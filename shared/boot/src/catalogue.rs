//! `<service> configuration`: every variable that the service reads, as JSON. Documents are printed
//! from it, and manifests checked against it.

use std::{
    ffi::OsStr,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Arg, Command};
use serde_json::{Value, json};

/// Prints the variables in the order of `--help`.
pub(crate) fn print(command: &Command) -> ExitCode {
    match writeln!(io::stdout(), "{:#}", variables(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn variables(command: &Command) -> Value {
    command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
        .filter_map(|argument| Some(variable(argument, argument.get_env()?)))
        .collect()
}

fn variable(argument: &Arg, name: &OsStr) -> Value {
    let defaults: Vec<_> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    let values: Vec<_> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    json!({
        "variable": name.to_string_lossy(),
        "flag": argument.get_long().map(|flag| format!("--{flag}")),
        "about": argument.get_help().map(ToString::to_string),
        "default": (!defaults.is_empty()).then(|| defaults.join(",")),
        "values": values,
        "required": argument.is_required_set(),
        "secret": argument.is_hide_env_values_set(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Example {
        /// Who greets
        #[arg(long, env = "SPOTTER_EXAMPLE_NAME")]
        name: String,
        #[arg(long, env = "SPOTTER_EXAMPLE_SECRET", hide_env_values = true)]
        secret: Option<String>,
        #[arg(long, env = "SPOTTER_EXAMPLE_TIMES", default_value_t = 3)]
        times: u8,
        #[arg(long, env = "SPOTTER_EXAMPLE_HIDDEN", hide = true)]
        hidden: bool,
        /// Not to be set for long
        #[arg(long)]
        once: bool,
    }

    #[test]
    fn every_variable_is_listed_with_what_a_manifest_must_know() {
        let listed = variables(&Example::command());

        let name = json!({
            "variable": "SPOTTER_EXAMPLE_NAME", "flag": "--name", "about": "Who greets",
            "default": null, "values": [], "required": true, "secret": false,
        });
        assert_eq!(listed[0], name);
        assert_eq!(listed[1]["secret"], true);
        assert_eq!(listed[2]["default"], "3");
        assert_eq!(listed.as_array().unwrap().len(), 3);
    }
}
