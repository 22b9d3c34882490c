//! HTTP as one person, routed to services as the edge does.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde::Serialize;
use serde_json::Value;

/// A client without a person, for health and metrics.
pub fn plain() -> reqwest::Client {
    provider();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .expect("an HTTP client can be made")
}

fn provider() {
    // A provider that is there already was installed on purpose.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// `null` when the body is no JSON.
    pub body: Value,
}

impl Answer {
    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body.get("code").and_then(Value::as_str).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// Calls in one person's name.
#[derive(Debug, Clone)]
pub struct Http {
    pub(crate) client: reqwest::Client,
    pub(crate) token: String,
    pub(crate) history: String,
    pub(crate) roster: String,
    pub(crate) files: String,
}

impl Http {
    pub async fn get(&self, path: &str) -> Answer {
        self.answer(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &impl Serialize) -> Answer {
        self.answer(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &impl Serialize) -> Answer {
        self.answer(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.answer(self.request(Method::DELETE, path)).await
    }

    /// Uploads a file as the field `file` of a form.
    pub async fn upload(&self, name: &str, content_type: &str, bytes: Vec<u8>) -> Answer {
        self.answer(self.form(name, content_type, bytes)).await
    }

    /// The request of an upload.
    pub fn form(&self, name: &str, content_type: &str, bytes: Vec<u8>) -> RequestBuilder {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned());
        let part = part.mime_str(content_type).expect("a content type");
        let form = reqwest::multipart::Form::new().part("file", part);
        self.request(Method::POST, "/api/files/upload").multipart(form)
    }

    /// A request with this person's token, to be changed before it is sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = if path.starts_with("/api/chat") {
            &self.history
        } else if path.starts_with("/api/files") {
            &self.files
        } else {
            &self.roster
        };
        self.client
            .request(method, format!("{base}{path}"))
            .bearer_auth(&self.token)
    }

    /// Sends a request and reads the whole answer.
    pub async fn answer(&self, request: RequestBuilder) -> Answer {
        self.attempt(request).await.expect("the service answers")
    }

    /// The same while services come and go: `None` when the connection did not hold.
    pub async fn attempt(&self, request: RequestBuilder) -> Option<Answer> {
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.ok()?;
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Some(Answer {
            status,
            headers,
            body,
        })
    }
}
