//! A connection that speaks the broker's protocol by hand: what others may send, without a client library.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Nats;

const WITHIN: Duration = Duration::from_secs(5);

/// Somebody at the broker who is none of the services.
#[derive(Debug)]
pub struct Line {
    stream: BufReader<TcpStream>,
    inbox: String,
}

impl Line {
    /// Opens it without a name, which an open broker takes for its operator.
    pub async fn open(nats: &Nats) -> std::io::Result<Self> {
        Self::connect(nats, &json!({ "verbose": false }), "_INBOX").await
    }

    /// Opens it in a user's name.
    pub async fn open_as(nats: &Nats, user: &str, password: &str) -> std::io::Result<Self> {
        let credentials = json!({ "verbose": false, "user": user, "pass": password });
        Self::connect(nats, &credentials, &format!("_INBOX_{user}")).await
    }

    async fn connect(nats: &Nats, credentials: &Value, prefix: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", nats.port())).await?;
        let mut line = Self {
            stream: BufReader::new(stream),
            inbox: format!("{prefix}.{:032x}", rand::random::<u128>()),
        };
        let hello = format!("CONNECT {credentials}\r\nSUB {} 1\r\n", line.inbox);
        line.say(hello.as_bytes()).await?;
        Ok(line)
    }

    /// Publishes with an address for the answer, and returns the answer: a stream says that it keeps the message.
    pub async fn ask(&mut self, subject: impl AsRef<[u8]>, payload: &[u8]) -> std::io::Result<Value> {
        let rest = format!(" {} {}\r\n", self.inbox, payload.len());
        let message = [b"PUB ", subject.as_ref(), rest.as_bytes(), payload, b"\r\n"];
        self.say(&message.concat()).await?;
        let answer = timeout(WITHIN, self.answer()).await??;
        serde_json::from_slice(&answer).map_err(std::io::Error::other)
    }

    async fn say(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        timeout(WITHIN, self.stream.get_mut().write_all(bytes)).await?
    }

    /// The payload of the next message, which ends its head with its length.
    async fn answer(&mut self) -> std::io::Result<Vec<u8>> {
        loop {
            let mut said = String::new();
            if self.stream.read_line(&mut said).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if said.starts_with("PING") {
                self.say(b"PONG\r\n").await?;
            } else if said.starts_with("-ERR") {
                return Err(std::io::Error::other(said));
            } else if let Some(head) = said.strip_prefix("MSG ") {
                let length = head
                    .split_whitespace()
                    .last()
                    .and_then(|length| length.parse().ok());
                let mut payload = vec![0; length.unwrap_or_default()];
                self.stream.read_exact(&mut payload).await?;
                return Ok(payload);
            }
        }
    }
}
