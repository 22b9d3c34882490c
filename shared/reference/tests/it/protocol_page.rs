//! `docs/protocol.md`: its examples and tables are printed, its words are ours.
//!
//! A printed part stands between `<!-- printed: NAME -->` and `<!-- end -->`; NAME is a fixture, `errors`,
//! `closes` or `limits`.

use std::{fmt::Write, fs, path::Path};

use protocol::{CloseCode, ErrorCode};

use crate::{asyncapi, fixtures, printed, typescript};

const PAGE: &str = "docs/protocol.md";
const START: &str = "<!-- printed: ";
const END: &str = "<!-- end -->";

#[test]
fn examples_in_the_protocol_page_are_the_fixtures() {
    let mut page = String::new();
    let mut rest = committed();
    while let Some((before, name, after)) = next_part(&rest) {
        write!(page, "{before}{START}{name} -->\n{}{END}", part(&name).unwrap()).unwrap();
        rest = after;
    }
    printed::check(PAGE, &(page + &rest));
}

#[test]
fn the_protocol_page_names_every_frame_code_and_call() {
    let page = committed();
    let frames = asyncapi::CLIENT
        .iter()
        .chain(asyncapi::SERVER)
        .map(|frame| format!("`{}`", frame.kind));
    let document = crate::openapi::document();
    let calls = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|path| path.replace("{variant}", "{full\\|screen\\|thumb}"));

    for word in frames.chain(calls) {
        assert!(page.contains(&word), "docs/protocol.md does not mention {word}");
    }
}

fn committed() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE)).unwrap()
}

/// What precedes the next printed part, its name, and what follows it.
fn next_part(text: &str) -> Option<(String, String, String)> {
    let (before, rest) = text.split_once(START)?;
    let (name, rest) = rest.split_once(" -->")?;
    let (_, after) = rest.split_once(END)?;
    Some((before.to_owned(), name.to_owned(), after.to_owned()))
}

fn part(name: &str) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    match name {
        "errors" => {
            writeln!(out, "| code | HTTP | retryable | means |\n|---|---|---|---|")?;
            for code in ErrorCode::ALL {
                let retryable = if code.retryable() { "yes" } else { "" };
                writeln!(
                    out,
                    "| `{code}` | {} | {retryable} | {} |",
                    code.http_status(),
                    code.message()
                )?;
            }
        }
        "closes" => {
            writeln!(out, "| code | reason | reconnect |\n|---|---|---|")?;
            for code in CloseCode::ALL {
                let again = if code.reconnects() { "with backoff" } else { "no" };
                writeln!(out, "| {} | `{}` | {again} |", code.code(), code.reason())?;
            }
        }
        "limits" => {
            writeln!(out, "| limit | value |\n|---|---|")?;
            for (limit, value) in typescript::limits() {
                writeln!(out, "| `{limit}` | {value} |")?;
            }
        }
        fixture => write!(out, "```json\n{}```\n", fixtures::text(fixture))?,
    }
    Ok(out)
}
