//! The HTTP calls a device makes: history, polling, and sending when there is no socket.

use std::{fmt, sync::Arc, time::Duration};

use protocol::{
    ConversationEntry, ConversationId, Epoch, Message, Position, Seq,
    frame::{Ack, SendBody},
    http::{CHAT_EPOCH, CHAT_POSITION, List, Problem, SyncRequest, SyncResponse},
};
use reqwest::{Response, header::HeaderMap};
use serde::de::DeserializeOwned;

use crate::tls::Authority;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Gives the token to sign in with. Asked before every connect and call, so it may be refreshed.
#[derive(Clone)]
pub struct Token(Arc<dyn Fn() -> String + Send + Sync>);

impl Token {
    pub fn from_fn(give: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(give))
    }

    pub fn get(&self) -> String {
        (self.0)()
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self::from_fn(move || token.clone())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// Why a call has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("refused with {}: {}", .0.status, .0.code)]
    Refused(Box<Problem>),
    #[error("answered {status} without a problem")]
    Answered { status: u16 },
    #[error("could not be asked: {0}")]
    Failed(String),
}

impl Error {
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            Self::Answered { .. } | Self::Failed(_) => None,
        }
    }

    fn failed(error: &reqwest::Error) -> Self {
        Self::Failed(format!("{error:?}"))
    }
}

/// A page of a thread and the snapshot it was read from.
#[derive(Debug, Clone)]
pub struct History {
    pub epoch: Epoch,
    pub position: Position,
    /// Oldest first.
    pub rows: Vec<Message>,
}

/// The chat calls of one person.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: Token,
}

impl Api {
    /// `base` is where `/api/chat/*` is served, without a slash at the end.
    pub fn new(base: &str, token: Token, authority: Option<&Authority>) -> Result<Self, Error> {
        crate::tls::install_provider();
        let mut http = reqwest::Client::builder().timeout(TIMEOUT);
        if let Some(authority) = authority {
            http = http.tls_certs_only([authority.calls.clone()]);
        }
        let http = http.build().map_err(|error| Error::failed(&error))?;
        Ok(Self {
            http,
            base: base.to_owned(),
            token,
        })
    }

    /// The page before `before`, or the newest.
    pub async fn history(
        &self,
        conversation: ConversationId,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<History, Error> {
        let mut query = vec![
            ("userId", conversation.client.to_string()),
            ("trainerId", conversation.trainer.to_string()),
            ("limit", limit.to_string()),
        ];
        query.extend(before.map(|seq| ("before", seq.to_string())));
        let request = self.http.get(self.url("/api/chat/history")).query(&query);
        let response = self.ask(request).await?;
        let epoch = header(response.headers(), CHAT_EPOCH)?;
        let position = header(response.headers(), CHAT_POSITION)?;
        let rows = read(response).await?;
        Ok(History {
            epoch,
            position,
            rows,
        })
    }

    /// The polling fallback.
    pub async fn sync(&self, request: &SyncRequest) -> Result<SyncResponse, Error> {
        read(
            self.ask(self.http.post(self.url("/api/chat/sync")).json(request))
                .await?,
        )
        .await
    }

    /// Sends without a socket.
    pub async fn send(&self, body: &SendBody) -> Result<Ack, Error> {
        read(
            self.ask(self.http.post(self.url("/api/chat/messages")).json(body))
                .await?,
        )
        .await
    }

    /// The person's list, most recent first; one page.
    pub async fn conversations(&self) -> Result<Vec<ConversationEntry>, Error> {
        let request = self.http.get(self.url("/api/chat/conversations"));
        let list: List<ConversationEntry> = read(self.ask(request).await?).await?;
        Ok(list.data)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Response, Error> {
        let response = request
            .bearer_auth(self.token.get())
            .send()
            .await
            .map_err(|error| Error::failed(&error))?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(response);
        }
        Err(match response.json().await {
            Ok(problem) => Error::Refused(Box::new(problem)),
            Err(_) => Error::Answered { status },
        })
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    response.json().await.map_err(|error| Error::failed(&error))
}

fn header<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Result<T, Error> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| Error::Failed(format!("the answer has no usable `{name}`")))
}
