//! What clients ask: frames are parsed here, kept in order per conversation, and put to chat-history.

pub mod ask;
pub mod lanes;
pub mod marks;
pub mod parse;
pub mod typing;
