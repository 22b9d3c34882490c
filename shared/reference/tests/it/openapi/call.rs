//! One call of the API, described in a few lines.

use std::collections::BTreeMap;

use protocol::ErrorCode;
use serde_json::{Map, Value, json};

use crate::fixtures;

/// Who may make a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever has the link.
    Anyone,
    /// `Trainer` and `User`.
    BothRoles,
    Trainer,
    User,
    Platform,
}

pub struct Call {
    method: &'static str,
    path: &'static str,
    who: Who,
    operation: Map<String, Value>,
    parameters: Vec<Value>,
    responses: Map<String, Value>,
    refusals: Vec<ErrorCode>,
}

impl Call {
    pub fn new(method: &'static str, path: &'static str, id: &str, tag: &str, who: Who) -> Self {
        let mut operation = Map::new();
        operation.insert("operationId".to_owned(), id.into());
        operation.insert("tags".to_owned(), json!([tag]));
        if who == Who::Anyone {
            operation.insert("security".to_owned(), json!([]));
        }
        Self {
            method,
            path,
            who,
            operation,
            parameters: Vec::new(),
            responses: Map::new(),
            refusals: Vec::new(),
        }
    }

    pub fn says(mut self, summary: &str, description: &str) -> Self {
        self.operation.insert("summary".to_owned(), summary.into());
        self.operation
            .insert("description".to_owned(), description.into());
        self
    }

    pub fn path_id(mut self, name: &str, description: &str) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "description": description,
            "schema": {"type": "string", "format": "uuid"},
        }));
        self
    }

    pub fn path_choice(mut self, name: &str, schema: &Value) -> Self {
        self.parameters
            .push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
        self
    }

    pub fn query(mut self, name: &str, required: bool, schema: &Value, description: &str) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "required": required, "description": description, "schema": schema,
        }));
        self
    }

    pub fn header(mut self, name: &str, description: &str) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": {"type": "string"},
        }));
        self
    }

    pub fn body(mut self, schema: &Value, fixture: &str) -> Self {
        let content = json!({"application/json": {"schema": schema, "example": fixtures::one(fixture)}});
        self.operation.insert(
            "requestBody".to_owned(),
            json!({"required": true, "content": content}),
        );
        self
    }

    pub fn multipart(mut self, field: &str, description: &str) -> Self {
        let part = json!({"type": "string", "contentMediaType": "application/octet-stream", "description": description});
        let schema = json!({"type": "object", "required": [field], "properties": {field: part}});
        let content = json!({"multipart/form-data": {"schema": schema}});
        self.operation.insert(
            "requestBody".to_owned(),
            json!({"required": true, "content": content}),
        );
        self
    }

    /// A body of a JSON object on each line; none is no line.
    pub fn body_lines(mut self, fixtures: &[&str]) -> Self {
        self.operation.insert(
            "requestBody".to_owned(),
            json!({"required": false, "content": lines(fixtures)}),
        );
        self
    }

    /// An answer of a JSON object on each line.
    pub fn answers_lines(mut self, status: u16, description: &str, fixtures: &[&str]) -> Self {
        let response = json!({"description": description, "content": lines(fixtures)});
        self.responses.insert(status.to_string(), response);
        self
    }

    /// An answer without a body.
    pub fn answers(mut self, status: u16, description: &str) -> Self {
        self.responses
            .insert(status.to_string(), json!({"description": description}));
        self
    }

    pub fn answers_json(mut self, status: u16, description: &str, schema: &Value, fixture: &str) -> Self {
        let content = json!({"application/json": {"schema": schema, "example": fixtures::one(fixture)}});
        let response = json!({"description": description, "content": content});
        self.responses.insert(status.to_string(), response);
        self
    }

    pub fn answers_bytes(mut self, status: u16, description: &str) -> Self {
        let content: Map<_, _> = ["image/jpeg", "image/png", "image/webp"]
            .map(|kind| (kind.to_owned(), json!({})))
            .into_iter()
            .collect();
        let response = json!({"description": description, "content": content});
        self.responses.insert(status.to_string(), response);
        self
    }

    /// An answer of bytes of one kind.
    pub fn answers_kind(mut self, status: u16, description: &str, kind: &str) -> Self {
        let response = json!({"description": description, "content": {kind: {}}});
        self.responses.insert(status.to_string(), response);
        self
    }

    /// Names a header of the answer with `status`, which is already described.
    pub fn with_header(mut self, status: u16, name: &str, description: &str) -> Self {
        self.responses[&status.to_string()]["headers"][name] =
            json!({"description": description, "schema": {"type": "string"}});
        self
    }

    pub fn refuses(mut self, codes: &[ErrorCode]) -> Self {
        self.refusals.extend_from_slice(codes);
        self
    }

    pub fn into_operation(mut self) -> (String, &'static str, Value) {
        self.refuse_what_all_refuse();
        let mut by_status = BTreeMap::<u16, Vec<ErrorCode>>::new();
        for code in &self.refusals {
            by_status.entry(code.http_status()).or_default().push(*code);
        }
        for (status, codes) in by_status {
            self.responses.insert(status.to_string(), problem(&codes));
        }
        if !self.parameters.is_empty() {
            self.operation
                .insert("parameters".to_owned(), self.parameters.into());
        }
        self.operation
            .insert("responses".to_owned(), self.responses.into());
        (self.path.to_owned(), self.method, self.operation.into())
    }

    fn refuse_what_all_refuse(&mut self) {
        if self.who != Who::Anyone {
            self.refusals.extend([
                ErrorCode::Unauthenticated,
                ErrorCode::TokenExpired,
                ErrorCode::Forbidden,
                ErrorCode::RateLimited,
            ]);
        }
        self.refusals
            .extend([ErrorCode::Unavailable, ErrorCode::Internal]);
    }
}

fn lines(names: &[&str]) -> Value {
    let example: String = names
        .iter()
        .flat_map(|name| [fixtures::one(name).to_string(), "\n".to_owned()])
        .collect();
    json!({"application/x-ndjson": {"schema": {"type": "string"}, "example": example}})
}

fn problem(codes: &[ErrorCode]) -> Value {
    let lines: Vec<_> = codes
        .iter()
        .map(|code| format!("`{code}`: {}", code.message()))
        .collect();
    let mut response = json!({
        "description": lines.join("; "),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    if codes.iter().any(|code| matches!(code.http_status(), 429 | 503)) {
        response["headers"] =
            json!({"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}});
    }
    response
}
