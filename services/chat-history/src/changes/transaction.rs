//! Many changes, one transaction.

use std::collections::{BTreeSet, HashMap};

use protocol::{
    ConversationId, Epoch, ErrorCode, MessageId, Position,
    error::{Refusal, Role},
    internal::{Action, Change},
};
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

use super::{
    Facts, Moment, Need, Verdict, apply, contacts, may_open,
    read::{self, Wanted},
    releases,
    thread::{AccessChange, Thread},
    write,
};

/// A change and what is known of it.
#[derive(Debug, Clone)]
pub struct Item {
    pub change: Change,
    pub facts: Facts,
}

/// What a transaction made true.
#[derive(Debug)]
pub struct Committed {
    pub epoch: Epoch,
    /// One for each item, in their order.
    pub verdicts: Vec<Verdict>,
    pub heads: HashMap<ConversationId, Position>,
    /// Conversations of which search has something to digest.
    pub to_digest: Vec<i64>,
    pub access: Vec<(ConversationId, AccessChange)>,
    /// Whether `history.contacts` has more.
    pub contacts: bool,
    /// Whether `history.releases` has more.
    pub releases: bool,
}

/// Commits the items in their order. Each statement that decides comes after the one that locks.
pub async fn commit(
    conn: &mut PgConnection,
    items: &[&Item],
    now: OffsetDateTime,
) -> Result<Committed, sqlx::Error> {
    let mut tx = conn.begin().await?;
    let strangers = strangers(items);
    if !strangers.is_empty() {
        contacts::open(&mut tx, &strangers, now).await?;
    }
    let people: BTreeSet<ConversationId> = items.iter().map(|item| item.change.conversation).collect();
    let people: Vec<ConversationId> = people.into_iter().collect();
    let locked = read::lock(&mut tx, &people).await?;
    let mut threads: Vec<Thread> = locked.into_iter().map(Thread::new).collect();
    let places = places(&threads);
    let wanted = wanted(items, &threads, &places);
    let mut by_id = threads
        .iter_mut()
        .map(|thread| (thread.conversation.id, thread))
        .collect();
    let meta = read::load(&mut tx, &wanted, &mut by_id).await?;

    let at = Moment {
        now,
        hash_key: &meta.hash_key,
    };
    let mut verdicts = Vec::with_capacity(items.len());
    for item in items {
        let place = places.get(&item.change.conversation);
        let verdict = match place.and_then(|place| threads.get_mut(*place)) {
            Some(thread) => apply(thread, &item.change, &item.facts, &at),
            None => without_conversation(item),
        };
        verdicts.push(verdict);
    }

    write::write(&mut tx, &threads, now).await?;
    let (contacts, releases) = number(&mut tx, &threads).await?;
    tx.commit().await?;
    Ok(Committed {
        contacts,
        releases,
        ..committed(meta.epoch, verdicts, &threads)
    })
}

/// Numbers what other services pull; answers which of the two lists, contacts and releases, grew.
async fn number(conn: &mut PgConnection, threads: &[Thread]) -> Result<(bool, bool), sqlx::Error> {
    let contacts = threads.iter().filter(|thread| thread.is_contact());
    let contacts: Vec<ConversationId> = contacts.map(|thread| thread.conversation.people).collect();
    if !contacts.is_empty() {
        contacts::number(conn, &contacts).await?;
    }
    let released = threads.iter().flat_map(|thread| {
        let people = thread.conversation.people;
        thread.released().iter().map(move |message| (people, *message))
    });
    let released: Vec<(ConversationId, MessageId)> = released.collect();
    if !released.is_empty() {
        releases::number(conn, &released).await?;
    }
    Ok((!contacts.is_empty(), !released.is_empty()))
}

fn committed(epoch: Epoch, verdicts: Vec<Verdict>, threads: &[Thread]) -> Committed {
    let heads = threads.iter().map(|thread| &thread.conversation);
    let access = threads.iter().flat_map(|thread| {
        let people = thread.conversation.people;
        thread
            .access_changes()
            .into_iter()
            .map(move |change| (people, change))
    });
    Committed {
        epoch,
        verdicts,
        heads: heads
            .map(|conversation| (conversation.people, conversation.head))
            .collect(),
        to_digest: threads
            .iter()
            .filter(|thread| thread.is_to_digest())
            .map(|thread| thread.conversation.id)
            .collect(),
        access: access.collect(),
        contacts: false,
        releases: false,
    }
}

/// Conversations that a stranger may open in this transaction.
fn strangers(items: &[&Item]) -> BTreeSet<ConversationId> {
    let opening = items
        .iter()
        .filter(|item| item.facts.strangers && may_open(&item.change));
    opening.map(|item| item.change.conversation).collect()
}

/// Where each conversation is among the threads.
fn places(threads: &[Thread]) -> HashMap<ConversationId, usize> {
    let people = threads.iter().map(|thread| thread.conversation.people);
    people
        .enumerate()
        .map(|(place, people)| (people, place))
        .collect()
}

/// The stored rows that the items' rules look at.
fn wanted(items: &[&Item], threads: &[Thread], places: &HashMap<ConversationId, usize>) -> Wanted {
    let mut wanted = Wanted::default();
    for item in items {
        let place = places.get(&item.change.conversation);
        let Some(thread) = place.and_then(|place| threads.get(*place)) else {
            continue;
        };
        let conversation = thread.conversation.id;
        let named = match &item.change.action {
            Action::Send { id, reply_to, .. } => {
                wanted.by_id.push((conversation, *id));
                *reply_to
            }
            Action::Edit { seq, .. } | Action::Delete { seq } | Action::React { seq, .. } => Some(*seq),
        };
        wanted.by_seq.extend(named.map(|seq| (conversation, seq)));
    }
    wanted
}

/// The answer to a change of a conversation that is not there.
fn without_conversation(item: &Item) -> Verdict {
    let Action::Send {
        attachments,
        reply_to,
        ..
    } = &item.change.action
    else {
        return Verdict::Refused(ErrorCode::NotFound.into());
    };
    if !item.facts.strangers {
        return Verdict::Needs(Need::Relation);
    }
    Verdict::Refused(if item.change.role != Role::User {
        ErrorCode::NotFound.into()
    } else if !attachments.is_empty() {
        Refusal::field(ErrorCode::ReadOnly, "attachments")
    } else if reply_to.is_some() {
        Refusal::field(ErrorCode::InvalidField, "replyTo")
    } else {
        // The client has opened as many as a day allows.
        ErrorCode::ReadOnly.into()
    })
}
