//! Every type that crosses a wire: the socket, the HTTP API and the broker. No I/O.
//!
//! Reading order: `ids`, `text` and `emoji` parse what comes from outside, `message` is what people
//! see, `frame` is the socket, `http` the HTTP bodies, `internal` what services ask each other, and `presence`
//! what they say of who is connected.

pub mod close;
pub mod emoji;
pub mod error;
pub mod file;
pub mod frame;
pub mod http;
pub mod ids;
pub mod internal;
pub mod limits;
pub mod marks;
pub mod message;
pub mod parse;
pub mod presence;
pub mod rfc3339;
pub mod text;

pub use close::CloseCode;
pub use emoji::Emoji;
pub use error::ErrorCode;
pub use ids::{ConversationId, Epoch, FileId, MessageId, Position, Seq, UserId};
pub use message::{Attachment, ConversationEntry, Message, Preview, Reaction};
pub use text::MessageText;
