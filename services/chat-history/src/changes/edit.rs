//! Another text for one's own message.

use protocol::{ErrorCode, Position, Seq, UserId, error::Role, limits};

use super::{Moment, Verdict, own, thread::Thread};

#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    pub actor: UserId,
    pub role: Role,
    pub seq: Seq,
    pub text: &'a str,
    /// The row's position the editor has seen.
    pub if_position: Option<Position>,
}

/// A text that already stands is a repeated edit, whatever has happened since. An edit is content, so
/// who may not write may not edit: a limit that edits pass would be none.
pub fn apply(thread: &mut Thread, edit: &Edit<'_>, at: &Moment<'_>) -> Verdict {
    let row = match own(thread, edit.seq, edit.actor) {
        Ok(row) => row,
        Err(code) => return Verdict::Refused(code.into()),
    };
    if row.text.as_deref() == Some(edit.text) {
        return Verdict::already(thread, edit.seq);
    }
    if let Err(refusal) = thread.conversation.standing.check(edit.role) {
        return Verdict::Refused(refusal);
    }
    if edit.text.chars().all(char::is_whitespace) && row.attachments.is_empty() {
        return Verdict::Refused(ErrorCode::EmptyMessage.into());
    }
    let age = (at.now - row.sent_at).whole_milliseconds();
    if age > i128::from(limits::EDIT_WINDOW_MS) {
        return Verdict::Refused(ErrorCode::EditWindowOver.into());
    }
    if edit.if_position.is_some_and(|seen| seen != row.position) {
        return Verdict::Refused(ErrorCode::EditConflict.into());
    }
    Verdict::changed(thread, edit.seq, |row| {
        row.text = Some(edit.text.to_owned());
        row.edited_at = Some(at.now);
    })
}
