//! From what stands on the wire to what services may act on: one place for socket and HTTP.

use std::str::FromStr;

use crate::{
    ConversationId, ErrorCode, FileId, MessageId, MessageText, UserId,
    error::{Refusal, Role},
    frame::SendBody,
    http::MarksRequest,
    internal::{Action, Change},
    limits,
    marks::{MarkRequest, Marks},
};

/// Reads an id; a malformed one is `invalid_field` with the field's name.
pub fn id<T: FromStr>(raw: &str, field: &str) -> Result<T, Refusal> {
    raw.parse()
        .map_err(|_| Refusal::field(ErrorCode::InvalidField, field))
}

/// Reads a conversation's id as `me` in `role` may write it; one that is not theirs is `not_found`.
pub fn conversation(raw: &str, me: UserId, role: Role) -> Result<ConversationId, Refusal> {
    let written: ConversationId = id(raw, "conversationId")?;
    written
        .seen_by(me, role)
        .ok_or_else(|| ErrorCode::NotFound.into())
}

/// Reads a text; [`MessageText::parse`] says what is refused.
pub fn text(raw: &str) -> Result<MessageText, Refusal> {
    MessageText::parse(raw).map_err(|error| Refusal::field(error.code(), "text"))
}

/// Reads a message that `me` in `role` wants to send.
pub fn send(body: &SendBody, me: UserId, role: Role) -> Result<Change, Refusal> {
    let conversation = conversation(&body.conversation_id, me, role)?;
    let id: MessageId = id(&body.id, "id")?;
    let text = body.text.as_deref().map(text).transpose()?;
    let attachments = attachments(body.attachments.as_deref().unwrap_or_default())?;
    if attachments.is_empty() && text.as_ref().is_none_or(MessageText::is_blank) {
        return Err(ErrorCode::EmptyMessage.into());
    }
    let action = Action::Send {
        id,
        text,
        attachments,
        reply_to: body.reply_to,
    };
    Ok(Change {
        actor: me,
        role,
        conversation,
        action,
        since: None,
    })
}

/// Reads marks that `me` in `role` wants raised.
pub fn marks(body: &MarksRequest, me: UserId, role: Role) -> Result<MarkRequest, Refusal> {
    Ok(MarkRequest {
        user: me,
        role,
        conversation: conversation(&body.conversation_id, me, role)?,
        marks: Marks::new(
            body.delivered_seq.unwrap_or_default(),
            body.read_seq.unwrap_or_default(),
        ),
    })
}

fn attachments(raw: &[String]) -> Result<Vec<FileId>, Refusal> {
    let invalid = || Refusal::field(ErrorCode::InvalidField, "attachments");
    if raw.len() > limits::ATTACHMENTS {
        return Err(invalid());
    }
    let mut files: Vec<FileId> = Vec::with_capacity(raw.len());
    for raw in raw {
        let file = raw.parse().map_err(|_| invalid())?;
        if files.contains(&file) {
            return Err(invalid());
        }
        files.push(file);
    }
    Ok(files)
}
