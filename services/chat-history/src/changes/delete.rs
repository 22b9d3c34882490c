//! Deletion: a tombstone stays, its content goes.

use protocol::{ErrorCode, Seq, UserId};

use super::{Moment, Verdict, thread::Thread};

/// One's own message may be deleted at any time, in a closed conversation too.
pub fn apply(thread: &mut Thread, actor: UserId, seq: Seq, at: &Moment<'_>) -> Verdict {
    let Some(row) = thread.row(seq) else {
        return Verdict::Refused(ErrorCode::NotFound.into());
    };
    if row.sender != actor {
        return Verdict::Refused(ErrorCode::Forbidden.into());
    }
    if row.deleted_at.is_some() {
        return Verdict::already(thread, seq);
    }
    if !row.attachments.is_empty() {
        let id = row.id;
        thread.release(id);
    }
    Verdict::changed(thread, seq, |row| {
        row.text = None;
        row.attachments.clear();
        row.reply_to = None;
        row.reactions.clear();
        row.content_hash = None;
        row.edited_at = None;
        row.deleted_at = Some(at.now);
    })
}
