//! JSON Schemas of `protocol`'s types, put right where the derive says less than the wire keeps.

use std::collections::BTreeMap;

use protocol::{frame::ServerFrame, http::SyncResponse};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::typescript;

/// Schemas by name: `components.schemas` of a document.
#[derive(Default)]
pub struct Components(BTreeMap<String, Value>);

impl Components {
    /// Those of a printed document.
    pub fn of(document: &Value) -> Self {
        let schemas = document["components"]["schemas"].as_object().unwrap();
        Self(schemas.clone().into_iter().collect())
    }

    /// Adds `T` and all it is made of; answers a reference to it.
    pub fn add<T: ToSchema>(&mut self) -> Value {
        self.add_parts::<T>();
        self.insert(T::name().as_ref(), serde_json::to_value(T::schema()).unwrap());
        json!({"$ref": format!("#/components/schemas/{}", T::name())})
    }

    /// The frames of an enum: each `type` with one object schema of all its fields.
    pub fn add_frames<T: ToSchema>(&mut self) -> Vec<(String, Value)> {
        self.add_parts::<T>();
        let schema = serde_json::to_value(T::schema()).unwrap();
        let variants = schema["oneOf"].as_array().unwrap();
        variants.iter().map(|variant| self.frame(variant)).collect()
    }

    /// `SyncResponse`, whose pages are the frame `sync` without `ref`.
    pub fn add_sync_response(&mut self) -> Value {
        let answer = self.add::<SyncResponse>();
        let frames = self.add_frames::<ServerFrame>();
        let (_, mut page) = frames.into_iter().find(|(kind, _)| kind == "sync").unwrap();
        page["properties"].as_object_mut().unwrap().remove("ref");
        self.insert("SyncFrame", page);
        self.0.get_mut("SyncResponse").unwrap()["properties"]["syncs"]["items"] =
            json!({"$ref": "#/components/schemas/SyncFrame"});
        answer
    }

    pub fn into_value(self) -> Value {
        self.0.into_iter().collect::<Map<_, _>>().into()
    }

    fn add_parts<T: ToSchema>(&mut self) {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        for (name, schema) in parts {
            self.insert(&name, serde_json::to_value(schema).unwrap());
        }
    }

    fn insert(&mut self, name: &str, schema: Value) {
        // A bare number is written where it is used, not as a component.
        if !name.starts_with(char::is_lowercase) {
            self.0.insert(name.to_owned(), repaired(schema));
        }
    }

    fn frame(&self, variant: &Value) -> (String, Value) {
        let mut merged = Merged::default();
        merged.take(&repaired(variant.clone()), self, true);
        let kind = merged.properties["type"]["enum"][0].as_str().unwrap().to_owned();
        merged
            .properties
            .insert("type".to_owned(), json!({"type": "string", "const": kind}));
        merged.required.retain(|name| name != "type");
        merged.required.insert(0, "type".to_owned());
        let schema = json!({"type": "object", "properties": merged.properties, "required": merged.required});
        (kind, schema)
    }
}

/// One object out of the parts of an `allOf`.
#[derive(Default)]
struct Merged {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Merged {
    /// `own`: the fields are the variant's own, whose names the derive leaves in snake case.
    fn take(&mut self, schema: &Value, components: &Components, own: bool) {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            self.take(&components.0[name], components, false);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.take(part, components, own);
        }
        let named = |name: &str| if own { camel_case(name) } else { name.to_owned() };
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.properties.insert(named(name), property.clone());
        }
        let required = schema["required"].as_array().into_iter().flatten();
        self.required
            .extend(required.filter_map(Value::as_str).map(named));
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_uppercase() + tail
    })
}

/// Writes out numbers that the derive refers to by their Rust name, and makes doc links readable.
fn repaired(schema: Value) -> Value {
    match schema {
        Value::Array(items) => items.into_iter().map(repaired).collect(),
        Value::Object(mut fields) => {
            if fields
                .get("$ref")
                .is_some_and(|path| path == "#/components/schemas/u64")
            {
                fields.remove("$ref");
                fields.insert("type".to_owned(), json!("integer"));
                fields.insert("format".to_owned(), json!("int64"));
                fields.insert("minimum".to_owned(), json!(0));
            }
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = without_links(text);
            }
            fields
                .into_iter()
                .map(|(key, value)| (key, repaired(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        plain => plain,
    }
}

/// A doc line for readers without the source: limits as numbers, no link brackets.
pub fn without_links(doc: &str) -> String {
    let mut doc = doc.replace("crate::", "");
    for (name, value) in typescript::limits() {
        doc = doc.replace(&format!("[`limits::{name}`]"), &value.to_string());
    }
    doc.replace("[`", "`").replace("`]", "`").replace('\n', " ")
}

/// What in `value` breaks `schema`: wrong types, missing fields, and fields the schema does not name.
pub fn violations(schema: &Value, value: &Value, components: &Components) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return violations(&components.0[name], value, components);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices
            .iter()
            .any(|choice| violations(choice, value, components).is_empty());
        return if fits {
            vec![]
        } else {
            vec![format!("{value} is none of {choices:?}")]
        };
    }
    let mut found = Vec::new();
    if !has_type(&schema["type"], value) {
        found.push(format!("{value} is not of type {}", schema["type"]));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|choices| !choices.contains(value))
    {
        found.push(format!("{value} is not in {}", schema["enum"]));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        found.push(format!("{value} is not {}", schema["const"]));
    }
    for name in schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if value.get(name).is_none() {
            found.push(format!("`{name}` is missing"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        found.extend(violations(&schema["items"], item, components));
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        match schema["properties"]
            .get(name)
            .or_else(|| schema.get("additionalProperties"))
        {
            Some(property) => found.extend(violations(property, field, components)),
            None => found.push(format!("`{name}` is not in the schema")),
        }
    }
    found
}

fn has_type(declared: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        _ => false,
    };
    match declared {
        Value::Array(names) => names.iter().any(is),
        Value::String(_) => is(declared),
        _ => false,
    }
}
