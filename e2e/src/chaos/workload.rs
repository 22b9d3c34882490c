//! What people do all the while: write, edit, delete, react and read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use protocol::{Message, Seq};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{
    cast::{Cast, Member},
    deeds::{Deed, What},
    plan::Plan,
};

/// Changes that a person leaves unanswered before they wait.
const AHEAD: usize = 4;
/// People touch what they see: the latest of a thread.
const IN_SIGHT: usize = 12;
/// Faults take time from people; they write faster than they would have to without.
const SPARE: f64 = 0.6;
/// Of a hundred things that people do.
const SENDS: u32 = 66;
const EDITS: u32 = SENDS + 9;
const DELETES: u32 = EDITS + 4;
const REACTIONS: u32 = DELETES + 9;
const EMOJI: [&str; 4] = ["💪", "👍", "🎉", "🔥"];

pub struct Workload {
    people: JoinSet<Member>,
    conversations: Vec<protocol::ConversationId>,
    written: Arc<AtomicUsize>,
    ended: watch::Sender<bool>,
}

impl Workload {
    /// Everybody begins.
    pub fn begin(cast: Cast, plan: &Plan) -> Self {
        let writers = cast.members.iter().filter(|member| member.writes).count();
        let pace = pace(plan, writers);
        let written = Arc::new(AtomicUsize::new(0));
        let ended = watch::Sender::new(false);
        let mut people = JoinSet::new();
        for (number, member) in (0..).zip(cast.members) {
            let life = Life {
                member,
                chance: StdRng::seed_from_u64(plan.seed.wrapping_mul(1_000).wrapping_add(number)),
                pace,
                written: written.clone(),
            };
            people.spawn(life.live(ended.subscribe()));
        }
        Self {
            people,
            conversations: cast.conversations,
            written,
            ended,
        }
    }

    /// Waits until so many messages are written; those that are not in time are missing in the report.
    pub async fn written(&mut self, messages: usize, within: Duration) {
        let enough = || std::future::ready(self.written.load(Ordering::Relaxed) >= messages);
        drop(sandbox::until("messages", within, enough).await);
    }

    /// Everybody stops writing; their devices go on.
    pub async fn end(self) -> Cast {
        self.ended.send_replace(true);
        Cast {
            members: self.people.join_all().await,
            conversations: self.conversations,
        }
    }
}

/// The pause between two things that one person does, on average.
fn pace(plan: &Plan, writers: usize) -> Duration {
    let bounded = |count: usize| f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    let deeds = bounded(plan.messages) * 100.0 / f64::from(SENDS);
    plan.span.mul_f64(SPARE * bounded(writers) / deeds)
}

/// One device in its person's hands.
struct Life {
    member: Member,
    chance: StdRng,
    pace: Duration,
    written: Arc<AtomicUsize>,
}

impl Life {
    async fn live(mut self, mut ended: watch::Receiver<bool>) -> Member {
        loop {
            let pause = self.pace.mul_f64(self.chance.random_range(0.2..1.8));
            tokio::select! {
                () = sleep(pause) => {}
                _ = ended.wait_for(|ended| *ended) => return self.member,
            }
            let unanswered = self.member.device.state().outbox().len();
            if self.member.writes && unanswered < AHEAD {
                self.act().await;
            }
        }
    }

    async fn act(&mut self) {
        let rows = self.in_sight();
        let chosen = rows.choose(&mut self.chance);
        match (self.chance.random_range(0..100), chosen) {
            (SENDS..EDITS, Some(row)) if row.sender_id == self.member.person.id => {
                let text = self.text("corrected");
                let key = self.member.device.edit(row.seq, &text).await;
                self.note(row.seq, key, What::Edit(text));
            }
            (EDITS..DELETES, Some(row)) if row.sender_id == self.member.person.id => {
                let key = self.member.device.delete(row.seq).await;
                self.note(row.seq, key, What::Delete);
            }
            (DELETES..REACTIONS, Some(row)) => {
                let emoji = *EMOJI.choose(&mut self.chance).unwrap_or(&"💪");
                let on = self.chance.random_range(0..3) > 0;
                let key = self.member.device.react(row.seq, emoji, on).await;
                self.note(row.seq, key, What::React(emoji, on));
            }
            (REACTIONS.., _) => {
                if let Some(newest) = rows.last() {
                    self.member.device.read(newest.seq).await;
                    self.member.deeds.reads(newest.seq);
                }
            }
            (what, _) => self.write(what, rows.last().map(|row| row.seq)).await,
        }
    }

    async fn write(&mut self, what: u32, newest: Option<Seq>) {
        let text = self.text("message");
        match newest.filter(|_| what.is_multiple_of(8)) {
            Some(newest) => self.member.device.reply(newest, &text).await,
            None => self.member.device.send_text(&text).await,
        };
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    fn text(&mut self, word: &str) -> String {
        format!("{word} {}", self.chance.random_range(0..u32::MAX))
    }

    fn note(&mut self, seq: Seq, key: protocol::MessageId, what: What) {
        self.member.deeds.note(Deed { seq, key, what });
    }

    /// The latest messages that are still there, oldest first.
    fn in_sight(&self) -> Vec<Message> {
        let conversation = self.member.conversation();
        let state = self.member.device.state();
        let Some(copy) = state.copy(conversation) else {
            return Vec::new();
        };
        let rows: Vec<_> = copy.rows().collect();
        let latest = rows.iter().rev().take(IN_SIGHT).rev();
        latest
            .filter(|row| row.deleted_at.is_none())
            .map(|row| (*row).clone())
            .collect()
    }
}
