//! One raw socket: says anything, expects anything, and tells how it ended.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::{CloseCode, frame::SUBPROTOCOL};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream, lookup_host},
    time::timeout,
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        http::{HeaderName, HeaderValue, Request, Uri},
        protocol::WebSocketConfig,
    },
};

use crate::tls::Authority;

mod refused;

pub use refused::Refused;

/// How long `expect` and `expect_close` wait; generous, because tests share busy machines.
pub const PATIENCE: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Small, so that one process can hold thousands of sockets.
const BUFFER_BYTES: usize = 2_048;

/// What a client says in its upgrade request.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub origin: Option<String>,
    pub subprotocols: Vec<String>,
    pub authorization: Option<String>,
    pub headers: Vec<(String, String)>,
    /// Bytes the kernel keeps for a reader that is slow; its own choice when absent.
    pub receive_buffer: Option<u32>,
    /// The address to come from, on machines that have several.
    pub from: Option<IpAddr>,
    /// Whose certificates to believe; the machine's own authorities when absent.
    pub authority: Option<Authority>,
}

impl Options {
    /// As native clients sign in: the token in `Authorization`.
    pub fn native(token: &str) -> Self {
        Self {
            subprotocols: vec![SUBPROTOCOL.to_owned()],
            authorization: Some(format!("Bearer {token}")),
            ..Self::default()
        }
    }

    /// As browsers sign in: the token in a subprotocol, and an `Origin`.
    pub fn browser(token: &str, origin: &str) -> Self {
        Self {
            origin: Some(origin.to_owned()),
            subprotocols: vec![SUBPROTOCOL.to_owned(), format!("bearer.{token}")],
            ..Self::default()
        }
    }

    fn request(&self, url: &str) -> Result<Request<()>, Refused> {
        let mut request = url.into_client_request().map_err(Refused::malformed)?;
        let mut set = |name: &str, value: &str| -> Result<(), Refused> {
            let name = HeaderName::try_from(name).map_err(Refused::malformed)?;
            let value = HeaderValue::try_from(value).map_err(Refused::malformed)?;
            request.headers_mut().append(name, value);
            Ok(())
        };
        if let Some(origin) = &self.origin {
            set("origin", origin)?;
        }
        if !self.subprotocols.is_empty() {
            set("sec-websocket-protocol", &self.subprotocols.join(", "))?;
        }
        if let Some(authorization) = &self.authorization {
            set("authorization", authorization)?;
        }
        for (name, value) in &self.headers {
            set(name, value)?;
        }
        Ok(request)
    }
}

/// How a socket ended: with a close frame, or cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the socket ended with {code:?} {reason:?}")]
pub struct Ended {
    pub code: Option<u16>,
    pub reason: String,
}

impl Ended {
    fn cut(reason: &impl ToString) -> Self {
        Self {
            code: None,
            reason: reason.to_string(),
        }
    }

    /// Whether the server allows this client to come back.
    pub fn reconnects(&self) -> bool {
        self.code
            .is_none_or(|code| code < CloseCode::ProtocolError.code())
    }
}

/// An upgraded WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames read while another type was expected, oldest first.
    skipped: VecDeque<Value>,
}

impl Socket {
    /// Connects and upgrades, or tells with which status and problem it was refused.
    pub async fn connect(url: &str, options: &Options) -> Result<Self, Refused> {
        timeout(CONNECT_TIMEOUT, Self::upgrade(url, options))
            .await
            .map_err(|_| Refused::Failed("the server did not answer in time".to_owned()))?
    }

    async fn upgrade(url: &str, options: &Options) -> Result<Self, Refused> {
        crate::tls::install_provider();
        let request = options.request(url)?;
        let stream = dial(request.uri(), options).await.map_err(Refused::failed)?;
        stream.set_nodelay(true).map_err(Refused::failed)?;
        let connector = options
            .authority
            .as_ref()
            .map(|authority| Connector::Rustls(authority.sockets.clone()));
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(0);
        let (stream, _) = client_async_tls_with_config(request, stream, Some(config), connector).await?;
        Ok(Self {
            stream,
            skipped: VecDeque::new(),
        })
    }

    pub async fn send_json(&mut self, frame: &impl Serialize) -> Result<(), Ended> {
        let text = serde_json::to_string(frame).map_err(|error| Ended::cut(&error))?;
        self.send_text(text).await
    }

    pub async fn send_text(&mut self, text: impl Into<String>) -> Result<(), Ended> {
        self.send(Message::text(text.into())).await
    }

    pub async fn send_binary(&mut self, bytes: impl Into<Bytes>) -> Result<(), Ended> {
        self.send(Message::binary(bytes)).await
    }

    /// Sends any WebSocket message, control frames included.
    pub async fn send(&mut self, message: Message) -> Result<(), Ended> {
        self.stream
            .send(message)
            .await
            .map_err(|error| Ended::cut(&error))
    }

    /// Writes bytes below the WebSocket: frames that no honest client would make.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        let stream = self.stream.get_mut();
        stream
            .write_all(bytes)
            .await
            .map_err(|error| Ended::cut(&error))?;
        stream.flush().await.map_err(|error| Ended::cut(&error))
    }

    /// The next text frame as it stands on the wire; safe to cancel.
    pub async fn next_text(&mut self) -> Result<String, Ended> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(frame))) => {
                    return Err(Ended {
                        code: frame.as_ref().map(|frame| frame.code.into()),
                        reason: frame.map(|frame| frame.reason.to_string()).unwrap_or_default(),
                    });
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Ended::cut(&error)),
                None => return Err(Ended::cut(&"end of stream")),
            }
        }
    }

    /// The next frame, whatever its type; frames that `expect` passed over come first.
    pub async fn next_frame(&mut self) -> Result<Value, Ended> {
        if let Some(frame) = self.skipped.pop_front() {
            return Ok(frame);
        }
        self.read_frame().await
    }

    async fn read_frame(&mut self) -> Result<Value, Ended> {
        let text = self.next_text().await?;
        serde_json::from_str(&text).map_err(|error| Ended::cut(&error))
    }

    /// The next frame of this type. Frames of other types stay for later calls.
    ///
    /// # Panics
    /// When none comes in time: this is for tests.
    #[expect(
        clippy::panic,
        reason = "an expectation of a test that fails says so where it stands"
    )]
    pub async fn expect(&mut self, kind: &str) -> Value {
        match timeout(PATIENCE, self.find(|frame| is_kind(frame, kind))).await {
            Ok(Ok(frame)) => frame,
            Ok(Err(ended)) => panic!("expected `{kind}`, but {ended}; passed over {:?}", self.skipped),
            Err(late) => panic!(
                "no `{kind}` came in time ({late}); passed over {:?}",
                self.skipped
            ),
        }
    }

    /// The next frame for which `wanted` holds. Others stay for later calls.
    pub async fn find(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value, Ended> {
        if let Some(index) = self.skipped.iter().position(&wanted)
            && let Some(frame) = self.skipped.remove(index)
        {
            return Ok(frame);
        }
        loop {
            let frame = self.read_frame().await?;
            if wanted(&frame) {
                return Ok(frame);
            }
            self.skipped.push_back(frame);
        }
    }

    /// Reads until `duration` has passed and tells whether a frame of this type came.
    pub async fn comes_within(&mut self, kind: &str, duration: Duration) -> bool {
        matches!(
            timeout(duration, self.find(|frame| is_kind(frame, kind))).await,
            Ok(Ok(_))
        )
    }

    /// Waits for the server's close frame and answers its code.
    ///
    /// # Panics
    /// When the socket is cut without one, or none comes in time: this is for tests.
    #[expect(
        clippy::panic,
        reason = "an expectation of a test that fails says so where it stands"
    )]
    pub async fn expect_close(&mut self) -> u16 {
        let Ok(ended) = timeout(PATIENCE, self.end()).await else {
            panic!("no close frame came in time; passed over {:?}", self.skipped)
        };
        ended
            .code
            .unwrap_or_else(|| panic!("cut without a close frame: {}", ended.reason))
    }

    /// Reads to the end of the socket.
    pub async fn end(&mut self) -> Ended {
        loop {
            match self.read_frame().await {
                Ok(frame) => self.skipped.push_back(frame),
                Err(ended) => return ended,
            }
        }
    }

    /// Closes as a client that leaves politely.
    pub async fn close(mut self) {
        // The peer may be gone already: either way this socket is over.
        drop(self.stream.close(None).await);
    }

    /// Cuts the connection without a word, as a lost network does.
    pub fn cut(self) {
        if let MaybeTlsStream::Plain(stream) = self.stream.get_ref() {
            // With a linger of zero the kernel sends a reset instead of a farewell.
            drop(stream.set_zero_linger());
        }
    }
}

fn is_kind(frame: &Value, kind: &str) -> bool {
    frame.get("type").and_then(Value::as_str) == Some(kind)
}

async fn dial(uri: &Uri, options: &Options) -> io::Result<TcpStream> {
    if options.receive_buffer.is_none() && options.from.is_none() {
        return TcpStream::connect(address(uri)).await;
    }
    let mut addresses = lookup_host(address(uri)).await?;
    let address = addresses.next().ok_or(io::ErrorKind::NotFound)?;
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    if let Some(bytes) = options.receive_buffer {
        // The window is agreed on when connecting: it cannot be made small afterwards.
        socket.set_recv_buffer_size(bytes)?;
    }
    if let Some(from) = options.from {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(address).await
}

fn address(uri: &Uri) -> (String, u16) {
    let tls = uri.scheme_str() == Some("wss");
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    (host.to_owned(), port)
}

impl From<tungstenite::Error> for Refused {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(response) => Self::answered(&response),
            other => Self::failed(other),
        }
    }
}
