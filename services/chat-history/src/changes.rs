//! Changes of conversations: send, edit, delete, react.
//!
//! `batch` takes them in and answers, `transaction` commits many of them at once, `thread` is a locked
//! conversation in memory, to which `send`, `edit`, `delete` and `react` apply one change each, without
//! a database; `read`, `write`, `contacts` and `releases` are the statements, `publish` rings the doorbells afterwards.

pub mod batch;
pub mod contacts;
mod delete;
mod edit;
pub mod publish;
mod react;
pub mod read;
pub mod releases;
mod send;
#[cfg(test)]
mod tests;
pub mod thread;
pub mod transaction;
pub mod write;
mod writer;

use protocol::{
    ErrorCode, Seq, UserId,
    error::{Refusal, Role},
    file::AttachedFile,
    frame::Ack,
    internal::{Action, Change},
    limits,
};
use thread::Thread;
use time::OffsetDateTime;

use crate::row::Row;

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It took the next position; the row as it stands right after it.
    Done(Ack, Box<Row>),
    /// Its result already holds.
    Duplicate(Ack),
    Refused(Refusal),
    /// Another service has to be asked first, outside of any transaction.
    Needs(Need),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// There is no conversation: what does the roster say of the two?
    Relation,
    /// The files have to be bound to the message.
    Files,
}

/// What other services have said of a change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The roster knows both and no booking joins them: the client may open the conversation.
    pub strangers: bool,
    /// What `files.attach` answered.
    pub files: Option<Vec<AttachedFile>>,
}

/// When and under which key a batch is applied.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    pub now: OffsetDateTime,
    pub hash_key: &'a [u8],
}

/// Applies one change to its locked conversation.
pub fn apply(thread: &mut Thread, change: &Change, facts: &Facts, at: &Moment<'_>) -> Verdict {
    let (actor, role) = (change.actor, change.role);
    match &change.action {
        Action::Send {
            id,
            text,
            attachments,
            reply_to,
        } => {
            let post = send::Post {
                sender: actor,
                role,
                id: *id,
                text: text.as_ref().map(protocol::MessageText::as_str),
                attachments,
                reply_to: *reply_to,
                files: facts.files.as_deref(),
            };
            send::apply(thread, &post, at)
        }
        Action::Edit {
            seq,
            text,
            if_position,
        } => {
            let (seq, text, if_position) = (*seq, text.as_str(), *if_position);
            let edit = edit::Edit {
                actor,
                role,
                seq,
                text,
                if_position,
            };
            edit::apply(thread, &edit, at)
        }
        Action::Delete { seq } => delete::apply(thread, actor, *seq, at),
        Action::React { seq, emoji, on } => {
            let (seq, emoji, on) = (*seq, *emoji, *on);
            let react = react::React {
                actor,
                role,
                seq,
                emoji,
                on,
            };
            react::apply(thread, &react)
        }
    }
}

/// Refuses what no state of the conversation could allow.
pub fn check(change: &Change) -> Result<(), Refusal> {
    if change.conversation.seen_by(change.actor, change.role) != Some(change.conversation) {
        return Err(ErrorCode::NotFound.into());
    }
    let Action::Send {
        text, attachments, ..
    } = &change.action
    else {
        return Ok(());
    };
    let repeats = |(n, file)| attachments.iter().take(n).any(|earlier| earlier == file);
    if attachments.len() > limits::ATTACHMENTS || attachments.iter().enumerate().any(repeats) {
        return Err(Refusal::field(ErrorCode::InvalidField, "attachments"));
    }
    let blank = text.as_ref().is_none_or(protocol::MessageText::is_blank);
    if blank && attachments.is_empty() {
        return Err(ErrorCode::EmptyMessage.into());
    }
    Ok(())
}

/// The actor's own, undeleted message.
fn own(thread: &Thread, seq: Seq, actor: UserId) -> Result<&Row, ErrorCode> {
    match thread.row(seq) {
        None => Err(ErrorCode::NotFound),
        Some(row) if row.sender != actor => Err(ErrorCode::Forbidden),
        Some(row) if row.deleted_at.is_some() => Err(ErrorCode::NotFound),
        Some(row) => Ok(row),
    }
}

impl Verdict {
    /// Changes a row under the next position.
    fn changed(thread: &mut Thread, seq: Seq, change: impl FnOnce(&mut Row)) -> Self {
        let people = thread.conversation.people;
        let Some(row) = thread.change(seq, change) else {
            return Self::Refused(ErrorCode::NotFound.into());
        };
        let ack = Ack {
            conversation_id: people,
            id: Some(row.id),
            seq: Some(seq),
            position: Some(row.position),
            sent_at: None,
            duplicate: false,
        };
        Self::Done(ack, Box::new(row.clone()))
    }

    /// The row is as the change wants it: no position is taken.
    fn already(thread: &Thread, seq: Seq) -> Self {
        Self::Duplicate(Ack {
            conversation_id: thread.conversation.people,
            id: thread.row(seq).map(|row| row.id),
            seq: Some(seq),
            position: None,
            sent_at: None,
            duplicate: true,
        })
    }

    pub fn unavailable() -> Self {
        Self::Refused(ErrorCode::Unavailable.into())
    }
}

/// Whether the role may open a conversation by writing first.
pub fn may_open(change: &Change) -> bool {
    let Action::Send {
        attachments,
        reply_to,
        ..
    } = &change.action
    else {
        return false;
    };
    change.role == Role::User && attachments.is_empty() && reply_to.is_none()
}
