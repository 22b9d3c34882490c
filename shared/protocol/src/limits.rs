//! Limits of the wire. `welcome.limits` tells clients those that concern them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

/// Largest frame a client may send, bytes.
pub const FRAME_BYTES: usize = 65_536;
/// Largest frame and `sync` page the server sends, bytes.
pub const SERVER_FRAME_BYTES: usize = 262_144;
/// Longest message text, Unicode scalar values.
pub const TEXT_CHARS: usize = 4_000;
/// Most attachments of one message.
pub const ATTACHMENTS: usize = 10;
/// How long after sending a message may be edited, milliseconds.
pub const EDIT_WINDOW_MS: u64 = 86_400_000;
/// Longest token, bytes.
pub const TOKEN_BYTES: usize = 4_096;
/// Most entries of `resume.positions`.
pub const RESUME_POSITIONS: usize = 500;
/// Entries of `welcome.conversations`.
pub const WELCOME_CONVERSATIONS: usize = 50;
/// Characters of a preview's text.
pub const PREVIEW_CHARS: usize = 200;
/// Most rows of one `sync` page.
pub const SYNC_ROWS: usize = 200;
/// More changed rows than this and a device starts over from history.
pub const SYNC_TOO_FAR: usize = 2_000;
/// Most messages of one history page, and the default.
pub const HISTORY_ROWS: u32 = 200;
pub const HISTORY_ROWS_DEFAULT: u32 = 50;
/// Largest upload, bytes.
pub const UPLOAD_BYTES: u64 = 10_485_760;
/// Longest voice message, milliseconds.
pub const VOICE_MS: u64 = 300_000;
/// Levels of a voice message's waveform.
pub const WAVEFORM_POINTS: usize = 64;
/// Most ids of `GET /api/people` and `POST /api/files/links`.
pub const IDS: usize = 100;
/// Unread messages are counted up to this number.
pub const UNREAD: u64 = 100;
/// How long whoever typed is shown as typing, milliseconds.
pub const TYPING_TTL_MS: u64 = 6_000;
/// Within this time a second `typing` of one socket in one conversation is let go, milliseconds.
pub const TYPING_EVERY_MS: u64 = 3_000;
/// People that one socket may watch.
pub const WATCHED: usize = 50;
/// Longest `q` of a search, Unicode scalar values.
pub const SEARCH_CHARS: usize = 200;
/// Malformed frames on one socket before it is closed.
pub const BAD_FRAMES: u32 = 10;
/// Conversations a client may open in a day by writing first.
pub const FIRST_CONTACTS_PER_DAY: i64 = 10;
/// Messages a client may write before the trainer answers or books.
pub const FIRST_CONTACT_MESSAGES: i32 = 3;

/// What `welcome` tells a client about the server's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    pub frame_bytes: usize,
    pub text_chars: usize,
    pub attachments: usize,
    pub edit_window_ms: u64,
    pub uploads: Vec<Uploads>,
}

/// One group of content types that may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uploads {
    pub types: Vec<String>,
    pub bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    #[schema(nullable = false)]
    pub duration_ms: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        let group = |types: &[&str], duration_ms| Uploads {
            types: types.iter().map(ToString::to_string).collect(),
            bytes: UPLOAD_BYTES,
            duration_ms,
        };
        Self {
            frame_bytes: FRAME_BYTES,
            text_chars: TEXT_CHARS,
            attachments: ATTACHMENTS,
            edit_window_ms: EDIT_WINDOW_MS,
            uploads: vec![
                group(&["image/jpeg", "image/png", "image/webp"], None),
                group(&["audio/webm", "audio/mp4"], Some(VOICE_MS)),
                group(&["application/pdf"], None),
            ],
        }
    }
}
