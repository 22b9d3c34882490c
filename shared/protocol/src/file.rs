//! Files as services and the database keep them: without links, which are signed when a row is shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Attachment, FileId};

/// The sizes a file is served in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    Full,
    Screen,
    Thumb,
}

impl Variant {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Screen => "screen",
            Self::Thumb => "thumb",
        }
    }
}

impl std::str::FromStr for Variant {
    type Err = crate::ids::Malformed;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        match raw {
            "full" => Ok(Self::Full),
            "screen" => Ok(Self::Screen),
            "thumb" => Ok(Self::Thumb),
            _ => Err(crate::ids::Malformed),
        }
    }
}

/// A file bound to a message: what `files.attach` answers and `chat.message.attachments` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachedFile {
    pub id: FileId,
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    pub name: Option<String>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Thumbhash, base64.
    pub placeholder: Option<String>,
    pub duration_ms: Option<u64>,
    pub waveform: Option<Vec<u8>>,
}

impl AttachedFile {
    /// The attachment as people see it; `thumbnail_url` is for images.
    pub fn with_links(self, url: Option<String>, thumbnail_url: Option<String>) -> Attachment {
        Attachment {
            id: self.id,
            url,
            content_type: self.content_type,
            size: self.size,
            name: self.name,
            width: self.width,
            height: self.height,
            thumbnail_url,
            placeholder: self.placeholder,
            duration_ms: self.duration_ms,
            waveform: self.waveform,
        }
    }
}
