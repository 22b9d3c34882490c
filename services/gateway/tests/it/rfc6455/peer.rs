//! A client that writes any bytes, and reads frames itself.

use std::{fmt, time::Duration};

use testkit::{Gateway, Person};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long anything may take; generous, because tests share busy machines.
const PATIENCE: Duration = Duration::from_secs(20);
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;

/// First bits of a frame.
pub const FIN: u8 = 0x80;

/// A masked frame; `first` is its first byte: final or not, reserved bits, opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(first, payload.len() as u64);
    bytes.extend(
        payload
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

/// The header of a masked frame that declares so many bytes.
pub fn head(first: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => bytes.push(0x80 | short),
        (_, Ok(medium)) => {
            bytes.push(0x80 | 0x7e);
            bytes.extend(medium.to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 0x7f);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

pub fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FIN | TEXT, payload.as_ref())
}

pub fn ping(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FIN | PING, payload.as_ref())
}

pub fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// A frame of the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    pub opcode: u8,
    pub payload: Vec<u8>,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = String::from_utf8_lossy(&self.payload).chars().take(200).collect();
        write!(
            f,
            "opcode {} of {} bytes {shown:?}",
            self.opcode,
            self.payload.len()
        )
    }
}

/// An upgraded connection.
pub struct Peer(TcpStream);

impl Peer {
    /// Upgrades, and checks the server's side of the handshake.
    pub async fn upgrade(gateway: &Gateway, person: &Person) -> Result<Self, String> {
        let request = request(gateway, person);
        let (stream, answer) = ask(gateway, &request).await?;
        if answer.starts_with("HTTP/1.1 101 ") {
            Ok(Self(stream))
        } else {
            Err(format!("no upgrade: {answer}"))
        }
    }

    /// The server may have ended already, and what it said comes out when it is read.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.0.write_all(bytes)).await;
    }

    /// The next frame, or nothing at the end of the connection.
    pub async fn read(&mut self) -> Result<Option<Frame>, String> {
        timeout(PATIENCE, self.read_frame())
            .await
            .map_err(|_| "nothing came in time".to_owned())?
    }

    async fn read_frame(&mut self) -> Result<Option<Frame>, String> {
        let Ok(first) = self.0.read_u8().await else {
            return Ok(None);
        };
        let broken = |error: std::io::Error| format!("a frame broke off: {error}");
        let second = self.0.read_u8().await.map_err(broken)?;
        let length = match second {
            0..=125 => u64::from(second),
            126 => u64::from(self.0.read_u16().await.map_err(broken)?),
            127 => self.0.read_u64().await.map_err(broken)?,
            _ => return Err("a server masks no frame".to_owned()),
        };
        let shortest = [(126, 126), (127, 65_536)]
            .iter()
            .all(|&(marker, least)| second != marker || length >= least);
        if !shortest || first & 0xf0 != FIN {
            return Err(format!("a frame of first byte {first:#x} and length {length}"));
        }
        let mut payload = vec![0; usize::try_from(length).map_err(|error| error.to_string())?];
        self.0.read_exact(&mut payload).await.map_err(broken)?;
        Ok(Some(Frame {
            opcode: first & 0xf,
            payload,
        }))
    }
}

/// A request that nobody can find fault with, line by line.
pub fn request(gateway: &Gateway, person: &Person) -> Vec<String> {
    vec![
        "GET /ws/chat HTTP/1.1".to_owned(),
        format!("Host: {}", gateway.address()),
        "Upgrade: websocket".to_owned(),
        "Connection: Upgrade".to_owned(),
        // The example of the RFC itself.
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==".to_owned(),
        "Sec-WebSocket-Version: 13".to_owned(),
        "Sec-WebSocket-Protocol: chat.v1".to_owned(),
        format!("Authorization: Bearer {}", person.token),
    ]
}

/// Sends a request, and answers the head of what came back, in lower case but for its first line.
pub async fn ask(gateway: &Gateway, request: &[String]) -> Result<(TcpStream, String), String> {
    timeout(PATIENCE, exchange(gateway, request))
        .await
        .map_err(|_| "no answer in time".to_owned())?
        .map_err(|error| error.to_string())
}

async fn exchange(gateway: &Gateway, request: &[String]) -> std::io::Result<(TcpStream, String)> {
    let mut stream = TcpStream::connect(gateway.address()).await?;
    stream.set_nodelay(true)?;
    let head = format!("{}\r\n\r\n", request.join("\r\n"));
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await?);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (first, rest) = answer.split_once("\r\n").unwrap_or((&answer, ""));
    // Values of headers keep their case: the key that is accepted has one.
    let rest = rest.split("\r\n").map(|line| match line.split_once(':') {
        Some((name, value)) => format!("{}:{value}", name.to_ascii_lowercase()),
        None => line.to_owned(),
    });
    let rest: Vec<String> = rest.collect();
    Ok((stream, format!("{first}\r\n{}", rest.join("\r\n"))))
}
