//! Who may enter: everything is decided before the upgrade.

use std::sync::Arc;

use api::{ClientAddress, Problem};
use auth::Identity;
use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use protocol::{
    ErrorCode,
    error::Refusal,
    frame::{BEARER_SUBPROTOCOL, SUBPROTOCOL},
    limits,
};

use crate::{Gateway, session};

/// A small buffer per socket: frames over it are read in parts. tungstenite's default is 128 KiB.
const READ_BUFFER: usize = 512;
const WRITE_BUFFER: usize = 512;
/// A server's frame may wait here as a whole, behind another.
const MAX_WRITE_BUFFER: usize = 2 * limits::SERVER_FRAME_BYTES;
/// Bytes of the key of a handshake, once it is decoded.
const KEY_BYTES: usize = 16;
/// Tells whoever offers another version which one is spoken.
const VERSION: [(HeaderName, HeaderValue); 1] =
    [(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))];
/// How long a client that is sent away waits at least, milliseconds.
const COME_BACK_MS: u64 = 1_000;

/// `GET /ws/chat`.
pub async fn upgrade(
    State(gateway): State<Arc<Gateway>>,
    address: ClientAddress,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    gateway
        .handshakes
        .check(&address.key())
        .map_err(Problem::rate_limited)?;
    if gateway.life.soft.is_cancelled() || !gateway.bus.status().borrow().live {
        return Err(later(ErrorCode::Unavailable, COME_BACK_MS));
    }
    if let Some(origin) = headers.get(header::ORIGIN)
        && !gateway.origins.allows(origin)
    {
        return Err(ErrorCode::Forbidden.into());
    }
    let Some(upgrade) = upgrade.ok().filter(|_| is_opening(&headers)) else {
        return Ok((VERSION, Problem::from(ErrorCode::BadFrame)).into_response());
    };
    let offered = Offered::read(&headers);
    if !offered.speaks_chat {
        return Err(ErrorCode::BadFrame.into());
    }
    let me = enter(&gateway, offered.token.as_deref()).await?;
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(limits::FRAME_BYTES)
        .max_frame_size(limits::FRAME_BYTES)
        .on_upgrade(move |socket| session::run(socket, me, gateway)))
}

/// What RFC 6455 (4.2.1) asks of an opening handshake beyond what axum looks at: one host, and one key of
/// 16 bytes.
fn is_opening(headers: &HeaderMap) -> bool {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none())
    };
    let key = only(header::SEC_WEBSOCKET_KEY).and_then(|key| STANDARD.decode(key).ok());
    only(header::HOST).is_some_and(|host| !host.is_empty()) && key.is_some_and(|key| key.len() == KEY_BYTES)
}

async fn enter(gateway: &Gateway, token: Option<&str>) -> Result<Identity, Problem> {
    let token = token.ok_or(ErrorCode::Unauthenticated)?;
    let me = gateway
        .verifier
        .verify(token)
        .await
        .map_err(|refused| refused.code())?;
    if me.role.converses() {
        Ok(me)
    } else {
        Err(ErrorCode::Forbidden.into())
    }
}

fn later(code: ErrorCode, retry_after_ms: u64) -> Problem {
    Refusal {
        retry_after_ms: Some(retry_after_ms),
        ..code.into()
    }
    .into()
}

/// What the client offers: the subprotocol, and its token in one of two places.
struct Offered {
    speaks_chat: bool,
    token: Option<String>,
}

impl Offered {
    fn read(headers: &HeaderMap) -> Self {
        let subprotocols = headers
            .get_all(header::SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim);
        let mut offered = Self {
            speaks_chat: false,
            token: api::bearer(headers).map(ToOwned::to_owned),
        };
        for subprotocol in subprotocols {
            offered.speaks_chat |= subprotocol == SUBPROTOCOL;
            if let Some(token) = subprotocol.strip_prefix(BEARER_SUBPROTOCOL) {
                offered.token.get_or_insert_with(|| token.to_owned());
            }
        }
        offered
    }
}
