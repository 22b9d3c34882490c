//! The example service as a child process, and people with tokens for it.

use std::{net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use reqwest::{Method, RequestBuilder, Response, header::HeaderMap};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};
use uuid::Uuid;

const DEADLINE: Duration = Duration::from_secs(20);
const SECRET: &str = "a-secret-for-tests-of-thirty-two-bytes";

/// A running noticeboard; it dies with the test.
pub struct Noticeboard {
    _child: Child,
    log: Lines<BufReader<ChildStderr>>,
    public: SocketAddr,
    internal: SocketAddr,
    http: reqwest::Client,
}

impl Noticeboard {
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(program())
            .env("SPOTTER_LISTEN", "127.0.0.1:0")
            .env("SPOTTER_INTERNAL_LISTEN", "127.0.0.1:0")
            .env("SPOTTER_JWT_SECRET", SECRET)
            .env("SPOTTER_JWT_ISSUER", "https://id.spotter.test")
            .env("SPOTTER_JWT_AUDIENCE", "spotter")
            .envs(variables.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = line_with(&mut log, "listening").await;
        boot::install_tls();
        Self {
            _child: child,
            log,
            public: line["public"].as_str().unwrap().parse().unwrap(),
            internal: line["internal"].as_str().unwrap().parse().unwrap(),
            http: reqwest::Client::builder()
                .timeout(DEADLINE)
                .no_proxy()
                .build()
                .unwrap(),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.public))
    }

    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    pub async fn get_as(&self, token: &str, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path).bearer_auth(token)).await
    }

    pub async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.internal);
        self.http.get(url).send().await.unwrap().text().await.unwrap()
    }

    /// The next log line with these words, as JSON.
    pub async fn logs(&mut self, words: &str) -> Value {
        line_with(&mut self.log, words).await
    }
}

/// A reply with its body read.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub async fn of(request: RequestBuilder) -> Self {
        let reply: Response = request.send().await.unwrap();
        Self {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            text: reply.text().await.unwrap(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body of a problem, which it must be.
    pub fn problem(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        serde_json::from_str(&self.text).unwrap()
    }

    /// Status and code, as tests compare them.
    pub fn refusal(&self) -> (u16, String) {
        (self.status, self.problem()["code"].as_str().unwrap().to_owned())
    }
}

/// A token for somebody new in this role.
pub fn token(role: &str) -> String {
    token_of(Uuid::new_v4(), role)
}

pub fn token_of(user: Uuid, role: &str) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    sign(&json!({
        "iss": "https://id.spotter.test", "aud": "spotter", "sub": user, "role": role, "iat": now, "exp": now + 600,
    }))
}

pub fn expired() -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    sign(&json!({
        "iss": "https://id.spotter.test", "aud": "spotter", "sub": Uuid::new_v4(), "role": "User",
        "iat": now - 600, "exp": now - 60,
    }))
}

fn sign(claims: &Value) -> String {
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", part(&json!({"alg": "HS256"})), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// Cargo builds examples next to the tests, unless it is told to build one test alone.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/noticeboard")
}

async fn line_with(log: &mut Lines<BufReader<ChildStderr>>, words: &str) -> Value {
    let search = async {
        while let Some(line) = log.next_line().await.unwrap() {
            if line.contains(words) {
                return serde_json::from_str(&line).unwrap();
            }
        }
        panic!("the log ended without {words:?}")
    };
    tokio::time::timeout(DEADLINE, search)
        .await
        .unwrap_or_else(|_| panic!("the log never said {words:?}"))
}
