//! Moves frames: every write has a deadline, every end a close code.

use std::time::Duration;

use axum::{
    Error,
    extract::ws::{CloseFrame, Message, Utf8Bytes},
};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use protocol::CloseCode;
use serde::Serialize;
use tokio::time;
use tokio_tungstenite::tungstenite::{self, error::ProtocolError};

use super::sendqueue::Queue;

/// A client that takes nothing for this long is too slow.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How long the close handshake may take; a slow socket may first drain what it was sent.
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// We close it, with this code.
    Close(CloseCode),
    /// The client closed it.
    Left,
    /// The client is gone without a word.
    Gone,
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Close(code)
    }
}

/// A socket that speaks text frames.
pub struct Wire<S>(S);

impl<S> Wire<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    pub fn new(socket: S) -> Self {
        Self(socket)
    }

    /// The next text frame. Cancel safe.
    pub async fn read(&mut self) -> Result<Utf8Bytes, End> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Binary(_))) => return Err(CloseCode::Unsupported.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_))) => return Err(End::Left),
                None => return Err(End::Gone),
                Some(Err(error)) => return Err(violation(error)),
            }
        }
    }

    /// Writes one of our own frames.
    pub async fn say<T: Serialize + Sync>(&mut self, frame: &T, queue: &Queue) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|_| CloseCode::Internal)?;
        self.write(text.into(), queue).await
    }

    /// Writes a final frame, without looking at it; it leaves with the next flush at the latest. A write that is
    /// stuck ends when `queue` does.
    pub async fn write(&mut self, frame: Utf8Bytes, queue: &Queue) -> Result<(), End> {
        let write = self.0.feed(Message::Text(frame));
        unless_ended(write, queue).await
    }

    pub async fn flush(&mut self, queue: &Queue) -> Result<(), End> {
        let flush = self.0.flush();
        unless_ended(flush, queue).await
    }

    /// Says why, and gives the client a moment to hear it: a socket dropped with unread input would be
    /// reset, and the code lost.
    pub async fn close(mut self, code: CloseCode) {
        let frame = CloseFrame {
            code: code.code(),
            reason: code.reason().into(),
        };
        let goodbye = async {
            if self.0.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.0.next().await {}
            }
        };
        let _ = time::timeout(CLOSE_WITHIN, goodbye).await;
    }

    /// Lets the answer to a client's close out: it was made when the close was read, and leaves when the
    /// socket is read once more.
    pub async fn leave(mut self) {
        let _ = time::timeout(CLOSE_WITHIN, self.0.next()).await;
    }
}

async fn unless_ended(write: impl Future<Output = Result<(), Error>>, queue: &Queue) -> Result<(), End> {
    tokio::select! {
        biased;
        written = write => written.map_err(|_| End::Gone),
        code = queue.ended() => Err(code.into()),
        () = time::sleep(WRITE_WITHIN) => Err(CloseCode::TooSlow.into()),
    }
}

/// Which rule of RFC 6455 a client broke, if it was one.
fn violation(error: Error) -> End {
    let Ok(error) = error.into_inner().downcast::<tungstenite::Error>() else {
        return End::Gone;
    };
    match *error {
        tungstenite::Error::Capacity(_) => CloseCode::TooBig.into(),
        tungstenite::Error::Utf8(_) => CloseCode::InvalidPayload.into(),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        tungstenite::Error::Protocol(_) => CloseCode::Protocol.into(),
        _ => End::Gone,
    }
}
