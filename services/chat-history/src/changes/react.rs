//! A reaction put on or taken off.

use protocol::{Emoji, ErrorCode, Reaction, Seq, UserId, error::Refusal, error::Role};

use super::{Verdict, thread::Thread};
use crate::row::Row;

/// Different reactions on one message.
const KINDS: usize = 20;

#[derive(Debug, Clone, Copy)]
pub struct React {
    pub actor: UserId,
    pub role: Role,
    pub seq: Seq,
    pub emoji: Emoji,
    pub on: bool,
}

pub fn apply(thread: &mut Thread, react: &React) -> Verdict {
    let row = match thread.row(react.seq) {
        Some(row) if row.deleted_at.is_none() => row,
        _ => return Verdict::Refused(ErrorCode::NotFound.into()),
    };
    let there = row
        .reactions
        .iter()
        .find(|reaction| reaction.emoji == react.emoji.as_str());
    if there.is_some_and(|reaction| reaction.user_ids.contains(&react.actor)) == react.on {
        return Verdict::already(thread, react.seq);
    }
    let full = there.is_none() && row.reactions.len() >= KINDS;
    if react.on && full {
        return Verdict::Refused(Refusal::field(ErrorCode::InvalidField, "emoji"));
    }
    if let Err(refusal) = thread.conversation.standing.check(react.role) {
        return Verdict::Refused(refusal);
    }
    Verdict::changed(thread, react.seq, |row| {
        if react.on {
            put_on(row, react);
        } else {
            take_off(row, react);
        }
    })
}

fn put_on(row: &mut Row, react: &React) {
    let there = row
        .reactions
        .iter_mut()
        .find(|it| it.emoji == react.emoji.as_str());
    match there {
        Some(reaction) => reaction.user_ids.push(react.actor),
        None => row.reactions.push(Reaction {
            emoji: react.emoji.as_str().to_owned(),
            user_ids: vec![react.actor],
        }),
    }
}

fn take_off(row: &mut Row, react: &React) {
    for reaction in &mut row.reactions {
        if reaction.emoji == react.emoji.as_str() {
            reaction.user_ids.retain(|user| *user != react.actor);
        }
    }
    row.reactions.retain(|reaction| !reaction.user_ids.is_empty());
}
