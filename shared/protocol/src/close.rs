//! WebSocket close codes: 4000–4499 reconnect with backoff, 4500–4999 stop.

/// Why the server closed a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// RFC 6455: the framing itself was violated.
    Protocol = 1002,
    /// RFC 6455: a binary frame.
    Unsupported = 1003,
    /// RFC 6455: text that is not UTF-8.
    InvalidPayload = 1007,
    /// RFC 6455: a frame over `frameBytes`.
    TooBig = 1009,
    GoingAway = 4000,
    Internal = 4001,
    NoHello = 4002,
    Idle = 4004,
    TooSlow = 4005,
    RateLimited = 4029,
    TokenExpired = 4401,
    ProtocolError = 4500,
    Forbidden = 4503,
    Replaced = 4504,
    Revoked = 4505,
}

impl CloseCode {
    pub const ALL: [Self; 15] = [
        Self::Protocol,
        Self::Unsupported,
        Self::InvalidPayload,
        Self::TooBig,
        Self::GoingAway,
        Self::Internal,
        Self::NoHello,
        Self::Idle,
        Self::TooSlow,
        Self::RateLimited,
        Self::TokenExpired,
        Self::ProtocolError,
        Self::Forbidden,
        Self::Replaced,
        Self::Revoked,
    ];

    pub fn code(self) -> u16 {
        self as u16
    }

    /// The reason sent in the close frame, and the value of the metric's label.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Protocol => "websocket_protocol",
            Self::Unsupported => "binary_frame",
            Self::InvalidPayload => "invalid_utf8",
            Self::TooBig => "frame_too_big",
            Self::GoingAway => "going_away",
            Self::Internal => "internal",
            Self::NoHello => "no_hello",
            Self::Idle => "idle",
            Self::TooSlow => "too_slow",
            Self::RateLimited => "rate_limited",
            Self::TokenExpired => "token_expired",
            Self::ProtocolError => "protocol_error",
            Self::Forbidden => "forbidden",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
        }
    }

    /// Whether a client may connect again; with backoff.
    pub fn reconnects(self) -> bool {
        self.code() < 4500
    }
}
