//! `web/chat-client/src/protocol.ts`: the same types for the browser.

use std::fmt::Write;

use protocol::{
    Attachment, CloseCode, ConversationEntry, ConversationId, Epoch, ErrorCode, FileId, Message, MessageId,
    Reaction, UserId,
    error::Role,
    file::Variant,
    frame::{self, Ack, ClientFrame, ErrorFrame, Hello, Reset, SendBody, ServerFrame, Sync, Welcome},
    http, ids,
    limits::{self, Limits, Uploads},
};
use ts_rs::{Config, TS};

use crate::printed;

#[test]
fn typescript_is_printed_from_the_types() {
    printed::check("web/chat-client/src/protocol.ts", &file());
}

#[test]
fn no_limit_is_forgotten() {
    let declared = include_str!("../../../protocol/src/limits.rs")
        .matches("pub const ")
        .count();

    assert_eq!(declared, limits().len());
}

/// Limits by their names in `protocol::limits`.
pub fn limits() -> Vec<(&'static str, u64)> {
    macro_rules! list {
        ($($name:ident),* $(,)?) => {
            vec![$((stringify!($name), u64::try_from(limits::$name).unwrap())),*]
        };
    }
    list![
        FRAME_BYTES,
        SERVER_FRAME_BYTES,
        TEXT_CHARS,
        ATTACHMENTS,
        EDIT_WINDOW_MS,
        TOKEN_BYTES,
        RESUME_POSITIONS,
        WELCOME_CONVERSATIONS,
        PREVIEW_CHARS,
        SYNC_ROWS,
        SYNC_TOO_FAR,
        HISTORY_ROWS,
        HISTORY_ROWS_DEFAULT,
        UPLOAD_BYTES,
        VOICE_MS,
        WAVEFORM_POINTS,
        IDS,
        UNREAD,
        TYPING_TTL_MS,
        TYPING_EVERY_MS,
        WATCHED,
        SEARCH_CHARS,
        BAD_FRAMES,
        FIRST_CONTACTS_PER_DAY,
        FIRST_CONTACT_MESSAGES,
    ]
}

fn file() -> String {
    let mut out = String::from(
        "// The wire, printed from `shared/protocol` by `make docs`. Change the Rust types, never this file.\n\n",
    );
    declarations(&mut out);
    constants(&mut out).unwrap();
    out
}

fn declarations(out: &mut String) {
    macro_rules! declare {
        ($($kind:ty),* $(,)?) => { $(declaration::<$kind>(out);)* };
    }
    declare![
        UserId,
        FileId,
        Epoch,
        MessageId,
        ConversationId,
        ids::DeviceId,
        ids::SessionId,
        Role,
        ErrorCode,
        Message,
        Attachment,
        Reaction,
        ConversationEntry,
        Variant,
        ClientFrame,
        Hello,
        frame::ClientVersion,
        frame::Resume,
        frame::Send,
        SendBody,
        ServerFrame,
        Welcome,
        frame::Me,
        frame::Heartbeat,
        frame::Backoff,
        Limits,
        Uploads,
        Ack,
        Sync,
        Reset,
        ErrorFrame,
        http::List<UserId>,
        http::Problem,
        http::Settings,
        http::Highlight,
        http::FoundMessage,
        http::MarksRequest,
        http::SyncRequest,
        http::SyncResponse,
        http::Contact,
        http::Person,
        http::DirectoryUser,
        http::BookingStatus,
        http::DirectoryBooking,
        http::Uploaded,
        http::FileStatus,
        http::LinksRequest,
        http::FileLinks,
    ];
}

fn declaration<T: TS>(out: &mut String) {
    let config = Config::new().with_large_int("number");
    for line in T::docs().unwrap_or_default().lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    let text = format!("export {}", T::decl(&config));
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push('\n');
}

fn constants(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "/** The subprotocol to offer, and what precedes the token in the second one. */"
    )?;
    writeln!(out, "export const SUBPROTOCOL = \"{}\";", frame::SUBPROTOCOL)?;
    writeln!(
        out,
        "export const BEARER_SUBPROTOCOL = \"{}\";",
        frame::BEARER_SUBPROTOCOL
    )?;

    writeln!(
        out,
        "\n/** Every error code: its HTTP status, and whether the same request may succeed later. */"
    )?;
    writeln!(out, "export const ERRORS = {{")?;
    for code in ErrorCode::ALL {
        let (status, retryable) = (code.http_status(), code.retryable());
        writeln!(out, "  {code}: {{ status: {status}, retryable: {retryable} }},")?;
    }
    writeln!(
        out,
        "}} as const satisfies Record<ErrorCode, {{ status: number; retryable: boolean }}>;"
    )?;

    writeln!(
        out,
        "\n/** Why the server closes a socket: 4000–4499 reconnect with backoff, 4500–4999 stop. */"
    )?;
    writeln!(out, "export const CLOSE = {{")?;
    for code in CloseCode::ALL {
        writeln!(out, "  {}: {},", code.reason(), code.code())?;
    }
    writeln!(
        out,
        "}} as const;\n\nexport type CloseReason = keyof typeof CLOSE;\n"
    )?;

    writeln!(
        out,
        "/** Whether a client may connect again after this close code. */"
    )?;
    writeln!(
        out,
        "export function reconnects(code: number): boolean {{\n  return code < 4500;\n}}\n"
    )?;

    writeln!(
        out,
        "/** Limits of the wire; `welcome.limits` says those a server may configure. */"
    )?;
    writeln!(out, "export const LIMITS = {{")?;
    for (name, value) in limits() {
        writeln!(out, "  {name}: {value},")?;
    }
    writeln!(out, "}} as const;")
}
