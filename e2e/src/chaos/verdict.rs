//! After everything has healed: waits until everybody has everything, then compares what they did and saw
//! with the log.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use client::device::{State, record::Event};
use protocol::ConversationId;

use super::{
    cast::{Cast, Member},
    cluster::Cluster,
    deeds::Count,
    explain::{self, Finding},
};
use crate::checker::{self, Anomaly, Log, Witness};

/// A promise: after healing everybody has everything within this.
const CONVERGED: Duration = Duration::from_mins(1);

/// What came of it.
#[derive(Debug)]
pub struct Verdict {
    /// Sends that were acknowledged.
    pub acked: usize,
    /// Answers to sends that said they had been there before.
    pub duplicates: usize,
    /// Sockets that ended, however.
    pub closed: usize,
    pub changes: Count,
    /// Threads of devices that were compared with the log, row by row.
    pub compared: usize,
    /// How long it took after healing, or who did not come to it.
    pub converged: Result<Duration, Vec<String>>,
    pub findings: Vec<Finding>,
}

pub async fn of(cast: Cast, cluster: &Cluster) -> Verdict {
    let converged = converge(&cast, cluster).await;
    let log = read(&cast.conversations, cluster).await;
    let mut changes = Count::default();
    let mut anomalies = BTreeSet::new();
    let mut witnesses = Vec::new();
    for member in cast.members {
        changes += member.deeds.count(&member.device.state());
        anomalies.extend(undone(&member));
        witnesses.push(Witness::of(member.person.id, member.device).await);
    }
    anomalies.extend(checker::check(&witnesses, &log));
    let count = |wanted: fn(&Event) -> bool| {
        let events = witnesses.iter().flat_map(|witness| &witness.events);
        events.filter(|event| wanted(event)).count()
    };
    Verdict {
        acked: count(|event| matches!(event, Event::Acked { .. })),
        duplicates: count(|event| matches!(event, Event::Acked { duplicate: true, .. })),
        closed: count(|event| matches!(event, Event::Closed { .. })),
        changes,
        compared: checker::comparisons(&witnesses),
        converged,
        findings: explain::all(&anomalies, &witnesses, &log),
    }
}

/// Waits until nothing is unanswered, and everybody has every row and every mark of the log.
async fn converge(cast: &Cast, cluster: &Cluster) -> Result<Duration, Vec<String>> {
    let begun = Instant::now();
    let settled = sandbox::until("empty outboxes", CONVERGED, || {
        std::future::ready(
            cast.members
                .iter()
                .all(|member| is_settled(&member.device.state())),
        )
    });
    if settled.await.is_err() {
        let late = cast
            .members
            .iter()
            .filter(|member| !is_settled(&member.device.state()));
        return Err(late.map(describe).collect());
    }
    let left = CONVERGED.saturating_sub(begun.elapsed());
    let equal = sandbox::until("everybody has everything", left, || async {
        let log = read(&cast.conversations, cluster).await;
        cast.members.iter().all(|member| has_all(member, &log))
    });
    if equal.await.is_ok() {
        return Ok(begun.elapsed());
    }
    let log = read(&cast.conversations, cluster).await;
    let late = cast.members.iter().filter(|member| !has_all(member, &log));
    Err(late.map(describe).collect())
}

fn is_settled(state: &State) -> bool {
    state.outbox().is_empty() && state.is_synced() && state.is_marked()
}

/// Whether a device stands at the head of every conversation of its person, with everybody's marks.
fn has_all(member: &Member, log: &Log) -> bool {
    let me = member.person.id;
    let state = member.device.state();
    let own = log
        .conversations
        .iter()
        .filter(|(conversation, _)| conversation.trainer == me || conversation.client == me);
    own.into_iter().all(|(conversation, rows)| {
        let head = rows.iter().map(|row| row.position).max().unwrap_or(0);
        let copy = state
            .copy(*conversation)
            .map_or(0, client::device::Thread::position);
        let peer = conversation.peer_of(me);
        let marks = |user| log.marks.get(&(*conversation, user)).copied().unwrap_or_default();
        let told = state.entry(*conversation).map(|entry| {
            let mine = (entry.delivered_seq, entry.read_seq);
            (mine, (entry.peer_delivered_seq, entry.peer_read_seq))
        });
        copy == head && told == Some((marks(me), marks(peer)))
    })
}

/// The log of these conversations, and the marks in them.
async fn read(conversations: &[ConversationId], cluster: &Cluster) -> Log {
    let kit = cluster.kit();
    let mut threads = BTreeMap::new();
    for conversation in conversations {
        threads.insert(*conversation, kit.log(*conversation).await);
    }
    Log {
        conversations: threads,
        marks: kit.marks().await,
        ..Log::default()
    }
}

fn undone(member: &Member) -> Vec<Anomaly> {
    let (user, conversation) = (member.person.id, member.conversation());
    let rows = member.device.rows(conversation).into_iter();
    let rows = rows.map(|row| (row.seq, row)).collect();
    let undone = member.deeds.undone(user, &member.device.state(), &rows);
    undone
        .into_iter()
        .map(|(seq, key)| Anomaly::Undone {
            user,
            conversation,
            seq,
            key,
        })
        .collect()
}

fn describe(member: &Member) -> String {
    let state = member.device.state();
    let conversation = member.conversation();
    let copy = state
        .copy(conversation)
        .map_or(0, client::device::Thread::position);
    format!(
        "a device of {} at position {copy} of {conversation}: {} unanswered, welcomed: {}, live: {}, synced: {}, marked: {}, stopped: {:?}",
        member.person.name,
        state.outbox().len(),
        state.link().is_welcomed(),
        state.link().is_live(),
        state.is_synced(),
        state.is_marked(),
        state.link().stopped(),
    )
}
