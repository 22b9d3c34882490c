//! The rules of every change, without a database.

use proptest::prelude::*;
use protocol::{
    ConversationId, Emoji, ErrorCode, FileId, MessageId, MessageText, Seq, UserId,
    error::{Refusal, Role},
    file::AttachedFile,
    internal::{Action, Change},
    limits,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    Facts, Moment, Need, Verdict, apply,
    thread::{Conversation, Thread},
};
use crate::access::Standing;

const TOM: UserId = UserId(Uuid::from_u128(1));
const ANNA: UserId = UserId(Uuid::from_u128(2));
const NOON: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn booked() -> Thread {
    let mut standing = Standing::default();
    standing.relate(true);
    thread(standing)
}

fn thread(standing: Standing) -> Thread {
    Thread::new(Conversation {
        id: 1,
        people: ConversationId::new(TOM, ANNA),
        head: 0,
        standing,
        access_version: 0,
        last_activity_at: NOON,
    })
}

fn message(n: u128) -> MessageId {
    // The version's four bits are 7.
    MessageId::parse(Uuid::from_u128(n | 0x7 << 76 | 0x8 << 60)).unwrap()
}

fn text(raw: &str) -> MessageText {
    MessageText::parse(raw).unwrap()
}

fn post(n: u128, raw: &str) -> Action {
    Action::Send {
        id: message(n),
        text: Some(text(raw)),
        attachments: Vec::new(),
        reply_to: None,
    }
}

fn edit(seq: Seq, raw: &str) -> Action {
    Action::Edit {
        seq,
        text: text(raw),
        if_position: None,
    }
}

/// Applies a change of one of the two at a time after noon.
fn at(thread: &mut Thread, actor: UserId, action: Action, after: Duration) -> Verdict {
    let role = if actor == TOM { Role::Trainer } else { Role::User };
    let change = Change {
        actor,
        role,
        conversation: thread.conversation.people,
        action,
        since: None,
    };
    let moment = Moment {
        now: NOON + after,
        hash_key: &[7; 32],
    };
    apply(thread, &change, &Facts::default(), &moment)
}

fn by(thread: &mut Thread, actor: UserId, action: Action) -> Verdict {
    at(thread, actor, action, Duration::ZERO)
}

fn refused(code: ErrorCode) -> Verdict {
    Verdict::Refused(code.into())
}

fn duplicates(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Duplicate(ack) if ack.duplicate)
}

#[test]
fn a_message_takes_the_next_number_and_its_sender_hears_it_for_ever() {
    let mut thread = booked();
    by(&mut thread, TOM, post(1, "hello"));

    let Verdict::Done(first, row) = by(&mut thread, ANNA, post(2, "hi")) else {
        panic!()
    };
    by(&mut thread, ANNA, edit(2, "hi!"));
    let edited = by(&mut thread, ANNA, post(2, "hi"));
    by(&mut thread, ANNA, Action::Delete { seq: 2 });
    let deleted = by(&mut thread, ANNA, post(2, "hi"));

    assert_eq!((first.seq, first.position, row.position), (Some(2), Some(2), 2));
    let again = Verdict::Duplicate(protocol::frame::Ack {
        duplicate: true,
        ..first
    });
    assert_eq!((edited, deleted), (again.clone(), again));
    assert_eq!(thread.conversation.head, 4);
}

#[test]
fn an_id_belongs_to_one_sender_and_one_content() {
    let mut thread = booked();
    by(&mut thread, ANNA, post(1, "hello"));

    assert_eq!(
        by(&mut thread, ANNA, post(1, "hello!")),
        refused(ErrorCode::IdempotencyConflict)
    );
    assert_eq!(
        by(&mut thread, TOM, post(1, "hello")),
        refused(ErrorCode::IdempotencyConflict)
    );

    by(&mut thread, ANNA, Action::Delete { seq: 1 });
    assert_eq!(
        by(&mut thread, TOM, post(1, "hello")),
        refused(ErrorCode::IdempotencyConflict)
    );
}

#[test]
fn a_reply_needs_its_message() {
    let mut thread = booked();
    by(&mut thread, TOM, post(1, "hello"));
    let reply = |n, seq| Action::Send {
        id: message(n),
        text: Some(text("yes")),
        attachments: Vec::new(),
        reply_to: Some(seq),
    };

    assert!(matches!(by(&mut thread, ANNA, reply(2, 1)), Verdict::Done(..)));
    let missing = Refusal::field(ErrorCode::InvalidField, "replyTo");
    assert_eq!(by(&mut thread, ANNA, reply(3, 9)), Verdict::Refused(missing));
}

#[test]
fn files_are_asked_for_only_once_all_else_allows_the_message() {
    let file = FileId(Uuid::from_u128(5));
    let photo = || Action::Send {
        id: message(1),
        text: None,
        attachments: vec![file],
        reply_to: None,
    };

    assert_eq!(by(&mut booked(), ANNA, photo()), Verdict::Needs(Need::Files));
    let stranger = Verdict::Refused(Refusal::field(ErrorCode::ReadOnly, "attachments"));
    assert_eq!(by(&mut thread(Standing::default()), ANNA, photo()), stranger);

    let mut thread = booked();
    let change = Change {
        actor: ANNA,
        role: Role::User,
        conversation: thread.conversation.people,
        action: photo(),
        since: None,
    };
    let attached = AttachedFile {
        id: file,
        content_type: "image/jpeg".to_owned(),
        size: 1,
        name: None,
        width: None,
        height: None,
        placeholder: None,
        duration_ms: None,
        waveform: None,
    };
    let facts = Facts {
        files: Some(vec![attached]),
        ..Facts::default()
    };
    let moment = Moment {
        now: NOON,
        hash_key: &[7; 32],
    };
    assert!(
        matches!(apply(&mut thread, &change, &facts, &moment), Verdict::Done(_, row) if row.attachments.len() == 1)
    );
    assert!(duplicates(&by(&mut thread, ANNA, photo())));
}

#[test]
fn only_the_sender_edits_within_a_day_what_is_still_there() {
    let mut thread = booked();
    by(&mut thread, ANNA, post(1, "hello"));
    let day = Duration::milliseconds(limits::EDIT_WINDOW_MS.cast_signed());

    assert_eq!(by(&mut thread, TOM, edit(1, "x")), refused(ErrorCode::Forbidden));
    assert_eq!(by(&mut thread, ANNA, edit(2, "x")), refused(ErrorCode::NotFound));
    assert_eq!(
        by(&mut thread, ANNA, edit(1, "  ")),
        refused(ErrorCode::EmptyMessage)
    );
    let late = at(&mut thread, ANNA, edit(1, "x"), day + Duration::MILLISECOND);
    assert_eq!(late, refused(ErrorCode::EditWindowOver));
    assert!(
        matches!(at(&mut thread, ANNA, edit(1, "x"), day), Verdict::Done(ack, _) if ack.position == Some(2))
    );

    by(&mut thread, ANNA, Action::Delete { seq: 1 });
    assert_eq!(by(&mut thread, ANNA, edit(1, "y")), refused(ErrorCode::NotFound));
}

#[test]
fn a_repeated_edit_takes_no_position_and_a_stale_one_is_told() {
    let mut thread = booked();
    by(&mut thread, ANNA, post(1, "hello"));
    let seen = |text: MessageText, position| Action::Edit {
        seq: 1,
        text,
        if_position: Some(position),
    };

    assert!(matches!(
        by(&mut thread, ANNA, seen(text("one"), 1)),
        Verdict::Done(..)
    ));
    let again = by(&mut thread, ANNA, seen(text("one"), 1));
    assert!(matches!(again, Verdict::Duplicate(ack) if ack.position.is_none()));
    assert_eq!(
        by(&mut thread, ANNA, seen(text("two"), 1)),
        refused(ErrorCode::EditConflict)
    );
    assert_eq!(thread.conversation.head, 2);
}

#[test]
fn a_deleted_message_keeps_nothing_of_its_content() {
    let mut thread = booked();
    by(&mut thread, TOM, post(1, "hello"));
    by(
        &mut thread,
        ANNA,
        Action::React {
            seq: 1,
            emoji: Emoji::parse("💪").unwrap(),
            on: true,
        },
    );

    assert_eq!(
        by(&mut thread, ANNA, Action::Delete { seq: 1 }),
        refused(ErrorCode::Forbidden)
    );
    let Verdict::Done(_, row) = by(&mut thread, TOM, Action::Delete { seq: 1 }) else {
        panic!()
    };

    assert_eq!((row.text, row.reply_to, row.content_hash), (None, None, None));
    assert!(row.attachments.is_empty() && row.reactions.is_empty() && row.deleted_at.is_some());
    assert!(duplicates(&by(&mut thread, TOM, Action::Delete { seq: 1 })));
}

#[test]
fn reactions_are_put_on_and_taken_off_once() {
    let mut thread = booked();
    by(&mut thread, TOM, post(1, "hello"));
    let react = |emoji: &str, on| Action::React {
        seq: 1,
        emoji: Emoji::parse(emoji).unwrap(),
        on,
    };

    assert!(matches!(
        by(&mut thread, ANNA, react("💪", true)),
        Verdict::Done(..)
    ));
    assert!(duplicates(&by(&mut thread, ANNA, react("💪", true))));
    assert!(
        matches!(by(&mut thread, TOM, react("💪", true)), Verdict::Done(_, row) if row.reactions[0].user_ids == [ANNA, TOM])
    );
    by(&mut thread, ANNA, react("💪", false));
    assert!(
        matches!(by(&mut thread, TOM, react("💪", false)), Verdict::Done(_, row) if row.reactions.is_empty())
    );
    assert!(duplicates(&by(&mut thread, TOM, react("💪", false))));

    let invalid = Verdict::Refused(Refusal::field(ErrorCode::InvalidField, "emoji"));
    for kind in 0..20 {
        let emoji = char::from_u32(0x1F600 + kind).unwrap().to_string();
        assert!(matches!(
            by(&mut thread, ANNA, react(&emoji, true)),
            Verdict::Done(..)
        ));
    }
    assert_eq!(by(&mut thread, ANNA, react("🏃", true)), invalid);
}

#[test]
fn a_closed_conversation_takes_deletions_only() {
    let mut thread = booked();
    by(&mut thread, TOM, post(1, "hello"));
    thread.conversation.standing.relate(false);

    assert_eq!(
        by(&mut thread, TOM, post(2, "still there?")),
        refused(ErrorCode::ReadOnly)
    );
    assert_eq!(
        by(&mut thread, TOM, edit(1, "still there?")),
        refused(ErrorCode::ReadOnly)
    );
    assert!(matches!(
        by(&mut thread, TOM, Action::Delete { seq: 1 }),
        Verdict::Done(..)
    ));
}

#[test]
fn whose_right_changed_is_known_after_the_batch() {
    let mut thread = thread(Standing::default());
    for n in 0..4 {
        by(&mut thread, ANNA, post(n, "hello?"));
    }

    let changes = thread.access_changes();

    // The trainer may answer, the client has to wait for it.
    assert!(thread.is_contact());
    assert_eq!(thread.conversation.head, 3);
    let changes: Vec<_> = changes
        .iter()
        .map(|change| (change.role, change.reason.is_none()))
        .collect();
    assert_eq!(changes, [(Role::Trainer, true), (Role::User, false)]);
}

fn any_action() -> impl Strategy<Value = Action> {
    let seq = 1..12u64;
    prop_oneof![
        (0..6u128, "[ab]{1,2}", proptest::option::of(seq.clone())).prop_map(|(n, raw, reply_to)| {
            Action::Send {
                id: message(n),
                text: Some(text(&raw)),
                attachments: Vec::new(),
                reply_to,
            }
        }),
        (seq.clone(), "[ab]{1,2}", proptest::option::of(1..12u64)).prop_map(|(seq, raw, if_position)| {
            Action::Edit {
                seq,
                text: text(&raw),
                if_position,
            }
        }),
        seq.clone().prop_map(|seq| Action::Delete { seq }),
        (seq, prop_oneof![Just("💪"), Just("🎉")], any::<bool>()).prop_map(|(seq, emoji, on)| {
            Action::React {
                seq,
                emoji: Emoji::parse(emoji).unwrap(),
                on,
            }
        }),
    ]
}

proptest! {
    /// Whatever is asked in whatever order: a change takes exactly the next position, anything else
    /// takes none and changes nothing, and a message that was told once is told the same again.
    #[test]
    fn positions_have_no_gaps_and_answers_stay(
        related in any::<bool>(),
        story in proptest::collection::vec((any::<bool>(), any_action()), 1..60),
    ) {
        let mut thread = if related { booked() } else { thread(Standing::default()) };
        let mut told = std::collections::HashMap::new();
        for (trainer, action) in story {
            let actor = if trainer { TOM } else { ANNA };
            let (head, rows) = (thread.conversation.head, format!("{thread:?}"));
            let id = match &action { Action::Send { id, .. } => Some(*id), _ => None };
            match by(&mut thread, actor, action) {
                Verdict::Done(ack, row) => {
                    prop_assert_eq!(thread.conversation.head, head + 1);
                    prop_assert_eq!((ack.position, row.position), (Some(head + 1), head + 1));
                    prop_assert_eq!(thread.row(row.seq), Some(&*row));
                    if let Some(id) = id {
                        prop_assert_eq!(row.seq, head + 1);
                        prop_assert!(told.insert(id, ack).is_none(), "one id, two messages");
                    }
                }
                Verdict::Duplicate(ack) => {
                    prop_assert!(ack.duplicate);
                    prop_assert_eq!(format!("{thread:?}"), rows);
                    if let Some(id) = id {
                        let first = protocol::frame::Ack { duplicate: true, ..told[&id].clone() };
                        prop_assert_eq!(ack, first);
                    }
                }
                Verdict::Refused(_) => prop_assert_eq!(format!("{thread:?}"), rows),
                Verdict::Needs(need) => prop_assert!(false, "nothing was asked for, but {:?}", need),
            }
        }
        let gone = thread.added().filter(|row| row.deleted_at.is_some());
        prop_assert!(gone.into_iter().all(|row| row.text.is_none() && row.content_hash.is_none()));
    }
}
