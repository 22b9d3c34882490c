//! A new message, or the answer to one sent before.

use hmac::{Hmac, Mac};
use protocol::{
    ErrorCode, FileId, MessageId, Seq, UserId,
    error::{Refusal, Role},
    file::AttachedFile,
    frame::Ack,
};
use sha2::Sha256;

use super::{
    Moment, Need, Verdict,
    thread::{Conversation, Thread},
};
use crate::row::Row;

/// A message as its sender's device wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    pub sender: UserId,
    pub role: Role,
    pub id: MessageId,
    pub text: Option<&'a str>,
    pub attachments: &'a [FileId],
    pub reply_to: Option<Seq>,
    /// What `files.attach` answered, once it was asked.
    pub files: Option<&'a [AttachedFile]>,
}

/// An id seen before answers its first message, whatever has become of it; only then may the rest refuse.
pub fn apply(thread: &mut Thread, post: &Post<'_>, at: &Moment<'_>) -> Verdict {
    let hash = content_hash(post, at.hash_key);
    if let Some(first) = thread.by_id(post.id) {
        return repeated(first, post.sender, &hash, &thread.conversation);
    }
    if let Err(refusal) = check(thread, post) {
        return Verdict::Refused(refusal);
    }
    let files = match post.files {
        _ if post.attachments.is_empty() => Vec::new(),
        Some(files) => files.to_vec(),
        None => return Verdict::Needs(Need::Files),
    };
    let row = thread.add(|seq| Row {
        id: post.id,
        seq,
        position: seq,
        sender: post.sender,
        text: post.text.map(ToOwned::to_owned),
        attachments: files,
        reply_to: post.reply_to,
        reactions: Vec::new(),
        content_hash: Some(hash),
        sent_at: at.now,
        edited_at: None,
        deleted_at: None,
    });
    let row = row.clone();
    let conversation = &mut thread.conversation;
    conversation.standing.wrote(post.role);
    // A replica's clock may be behind another's.
    conversation.last_activity_at = conversation.last_activity_at.max(at.now);
    Verdict::Done(ack(&row, conversation, false), Box::new(row))
}

fn check(thread: &Thread, post: &Post<'_>) -> Result<(), Refusal> {
    let standing = thread.conversation.standing;
    standing.check(post.role)?;
    if post.role == Role::User && standing.is_stranger() && !post.attachments.is_empty() {
        return Err(Refusal::field(ErrorCode::ReadOnly, "attachments"));
    }
    match post.reply_to {
        Some(seq) if thread.row(seq).is_none() => Err(Refusal::field(ErrorCode::InvalidField, "replyTo")),
        _ => Ok(()),
    }
}

fn repeated(first: &Row, sender: UserId, hash: &[u8], conversation: &Conversation) -> Verdict {
    // Deletion cleared the hash: then the sender's word is enough.
    let same = first.content_hash.as_deref().is_none_or(|stored| stored == hash);
    if first.sender == sender && same {
        Verdict::Duplicate(ack(first, conversation, true))
    } else {
        Verdict::Refused(ErrorCode::IdempotencyConflict.into())
    }
}

/// The same for ever for the same id: nothing in it changes with the row.
fn ack(row: &Row, conversation: &Conversation, duplicate: bool) -> Ack {
    Ack {
        conversation_id: conversation.people,
        id: Some(row.id),
        seq: Some(row.seq),
        position: Some(row.seq),
        sent_at: Some(row.sent_at),
        duplicate,
    }
}

/// Covers all that the sender chose. Keyed, so that a leaked hash tells nothing of a short text.
fn content_hash(post: &Post<'_>, key: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length, so this never refuses.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(post.sender.0.as_bytes());
    let text = post.text.map(str::as_bytes);
    mac.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
    mac.update(text.unwrap_or_default());
    mac.update(&(post.attachments.len() as u64).to_be_bytes());
    for file in post.attachments {
        mac.update(file.0.as_bytes());
    }
    mac.update(&post.reply_to.unwrap_or(0).to_be_bytes());
    mac.finalize().into_bytes().to_vec()
}
