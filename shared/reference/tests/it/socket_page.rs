//! `pages/socket.html`: the AsyncAPI document for people, without script.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    asyncapi::{self, message_key},
    fixtures, printed,
};

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Spotter: the socket</title>
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0f766e; }
@media (prefers-color-scheme: dark) { :root { --accent: #5eead4; } }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
h3 { margin-top: 2.2rem; } h3 code { font-size: 1.15em; }
a { color: var(--accent); }
code, pre { font-family: ui-monospace, monospace; font-size: .88em; }
pre { background: var(--soft); padding: .8rem 1rem; border-radius: .5rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
nav ul { columns: 3; padding-left: 1rem; } .optional { opacity: .65; }
</style>
</head>
<body>
"#;

#[test]
fn the_socket_page_is_printed_from_the_document() {
    printed::check("shared/reference/pages/socket.html", &page().unwrap());
}

fn page() -> Result<String, std::fmt::Error> {
    let document = asyncapi::document();
    let mut out = HEAD.to_owned();
    writeln!(
        out,
        "<h1>The socket</h1>\n<p>{}</p>",
        prose(&document["info"]["description"])
    )?;
    out.push_str("<p><code>GET /ws/chat</code>. <a href=\"/docs\">The HTTP API</a> · <a href=\"/docs/asyncapi.json\">asyncapi.json</a></p>\n");
    for (side, title) in [("client", "From the client"), ("server", "From the server")] {
        contents(&mut out, &document, side, title)?;
    }
    for (side, title) in [("client", "From the client"), ("server", "From the server")] {
        writeln!(out, "<h2>{title}</h2>")?;
        for (key, message) in messages(&document, side) {
            frame(&mut out, &document, &key, &message)?;
        }
    }
    out.push_str("<h2>Types</h2>\n");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        writeln!(
            out,
            "<h3 id=\"{name}\"><code>{name}</code></h3>\n<p>{}</p>",
            prose(&schema["description"])
        )?;
        fields(&mut out, schema)?;
        values(&mut out, schema)?;
    }
    codes(&mut out, &document)?;
    out.push_str("</body>\n</html>\n");
    Ok(out)
}

/// The frames of one side in the order they are described, which is the order people meet them.
fn messages(document: &Value, side: &str) -> Vec<(String, Value)> {
    let described = if side == "client" {
        asyncapi::CLIENT
    } else {
        asyncapi::SERVER
    };
    described
        .iter()
        .map(|frame| message_key(side, frame.kind))
        .map(|key| (key.clone(), document["components"]["messages"][&key].clone()))
        .collect()
}

fn contents(out: &mut String, document: &Value, side: &str, title: &str) -> std::fmt::Result {
    writeln!(out, "<nav aria-label=\"{title}\"><h4>{title}</h4><ul>")?;
    for (key, message) in messages(document, side) {
        writeln!(
            out,
            "<li><a href=\"#{key}\"><code>{}</code></a></li>",
            plain(&message["name"])
        )?;
    }
    out.push_str("</ul></nav>\n");
    Ok(())
}

fn frame(out: &mut String, document: &Value, key: &str, message: &Value) -> std::fmt::Result {
    writeln!(
        out,
        "<h3 id=\"{key}\"><code>{}</code></h3>",
        plain(&message["name"])
    )?;
    writeln!(out, "<p>{}</p>", prose(&message["summary"]))?;
    let answers: Vec<_> = document["operations"][key]["reply"]["messages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|answer| answer["$ref"].as_str()?.rsplit('/').next())
        .map(|key| {
            let name = plain(&document["components"]["messages"][key]["name"]);
            format!("<a href=\"#{key}\"><code>{name}</code></a>")
        })
        .collect();
    if !answers.is_empty() {
        writeln!(out, "<p>Answer: {}.</p>", answers.join(" or "))?;
    }
    fields(out, &message["payload"])?;
    for example in message["examples"].as_array().into_iter().flatten() {
        let text = fixtures::text(example["name"].as_str().unwrap());
        writeln!(out, "<pre>{}</pre>", escaped(text.trim_end()))?;
    }
    Ok(())
}

fn fields(out: &mut String, schema: &Value) -> std::fmt::Result {
    let Some(properties) = schema["properties"].as_object().filter(|fields| fields.len() > 1) else {
        return Ok(());
    };
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let optional = properties
        .keys()
        .map(String::as_str)
        .filter(|name| !required.contains(name));
    let mut optional: Vec<_> = optional.collect();
    optional.sort_unstable();
    out.push_str("<table><thead><tr><th>field</th><th>type</th><th></th></tr></thead><tbody>\n");
    for name in required.iter().chain(&optional).filter(|name| **name != "type") {
        let property = &properties[*name];
        let mark = if required.contains(name) {
            ""
        } else {
            " <span class=\"optional\">optional</span>"
        };
        let (kind, says) = (kind(property), prose(&property["description"]));
        writeln!(
            out,
            "<tr><td><code>{name}</code>{mark}</td><td>{kind}</td><td>{says}</td></tr>"
        )?;
    }
    out.push_str("</tbody></table>\n");
    Ok(())
}

fn values(out: &mut String, schema: &Value) -> std::fmt::Result {
    let values: Vec<_> = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .map(plain)
        .collect();
    if !values.is_empty() {
        writeln!(out, "<p><code>{}</code></p>", values.join("</code> · <code>"))?;
    }
    Ok(())
}

/// A property's type in a word or two.
fn kind(property: &Value) -> String {
    if let Some(name) = property["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(choices) = property["oneOf"].as_array() {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if property["items"].is_object() {
        return format!("list of {}", kind(&property["items"]));
    }
    let base = match &property["type"] {
        Value::Array(kinds) => kinds.iter().map(plain).collect::<Vec<_>>().join(" or "),
        kind => plain(kind),
    };
    match property["format"].as_str() {
        Some("date-time") => base.replace("string", "time (RFC 3339)"),
        Some("uuid") => base.replace("string", "UUID"),
        _ => base,
    }
}

fn codes(out: &mut String, document: &Value) -> std::fmt::Result {
    out.push_str("<h2>Error codes</h2>\n<table><thead><tr><th>code</th><th>HTTP</th><th>retry</th><th></th></tr></thead><tbody>\n");
    for code in document["x-error-codes"].as_array().into_iter().flatten() {
        let retry = if code["retryable"] == true { "yes" } else { "no" };
        let (name, status, says) = (plain(&code["code"]), &code["status"], plain(&code["message"]));
        writeln!(
            out,
            "<tr><td><code>{name}</code></td><td>{status}</td><td>{retry}</td><td>{says}</td></tr>"
        )?;
    }
    out.push_str("</tbody></table>\n<h2>Close codes</h2>\n<table><thead><tr><th>code</th><th>reason</th><th>reconnect</th></tr></thead><tbody>\n");
    for code in document["x-close-codes"].as_array().into_iter().flatten() {
        let again = if code["reconnects"] == true {
            "with backoff"
        } else {
            "no"
        };
        writeln!(
            out,
            "<tr><td>{}</td><td><code>{}</code></td><td>{again}</td></tr>",
            code["code"],
            plain(&code["reason"])
        )?;
    }
    out.push_str("</tbody></table>\n");
    Ok(())
}

/// Escaped text whose `code` is set as code.
fn prose(text: &Value) -> String {
    let escaped = escaped(text.as_str().unwrap_or_default());
    let mut out = String::new();
    for (index, part) in escaped.split('`').enumerate() {
        let part = if index % 2 == 1 {
            format!("<code>{part}</code>")
        } else {
            part.to_owned()
        };
        out.push_str(&part);
    }
    out
}

fn plain(text: &Value) -> String {
    escaped(text.as_str().unwrap_or_default())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
