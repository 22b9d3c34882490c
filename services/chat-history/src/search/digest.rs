//! Says of stretches of messages, in the background, which may hold what: of what was written since the last
//! time, and of stretches whose texts have changed. Appends only say which conversation has come so far. A
//! message of which nothing is known is found all the same, by reading it.

use std::{collections::BTreeSet, time::Duration};

use boot::Lifecycle;
use rand::Rng;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

use super::slices::Slices;
use crate::{
    database::{Lease, within},
    failure::report,
};

/// Positions of one stretch.
pub const STRETCH: u64 = 32;
/// Positions that a conversation goes on before it is digested again; the walk finds those that are fewer.
pub const STEP: u64 = 8;
/// Conversations that may wait; those beyond are found by the walk.
const QUEUE: usize = 4_096;
/// Conversations of one transaction, which holds their locks for a few milliseconds.
const BATCH: usize = 16;
/// Stretches of one transaction.
const STRETCHES: i64 = 64;
/// How long conversations are collected: few statements for many.
const COLLECT: Duration = Duration::from_millis(500);
/// How often all conversations are walked through for what was missed, and how many ids at a time.
const WALK_EVERY: Duration = Duration::from_mins(10);
const WINDOW: i64 = 5_000;
const PAUSE: Duration = Duration::from_millis(50);

/// Where appends say what they have written; cheap to clone.
#[derive(Clone)]
pub struct Full(mpsc::Sender<i64>);

impl Full {
    /// These conversations have something to digest.
    pub fn tell(&self, conversations: &[i64]) {
        for conversation in conversations {
            // A full queue only means that the walk finds it.
            let _ = self.0.try_send(*conversation);
        }
    }

    /// Starts the work; it ends at the hard stop.
    pub fn start(pool: &PgPool, life: &Lifecycle) -> Self {
        let (full, told) = mpsc::channel(QUEUE);
        let digester = Digester { pool: pool.clone() };
        let (walker, hard) = (digester.clone(), life.hard.clone());
        life.tasks.spawn("digest", async move {
            Box::pin(hard.run_until_cancelled(digester.follow(told))).await;
        });
        let hard = life.hard.clone();
        life.tasks.spawn("digest walk", async move {
            Box::pin(hard.run_until_cancelled(walker.walk())).await;
        });
        Self(full)
    }
}

/// Digests; shared by what follows the appends and what walks.
#[derive(Clone)]
pub struct Digester {
    pub pool: PgPool,
}

impl Digester {
    async fn follow(self, mut told: mpsc::Receiver<i64>) {
        while let Some(first) = told.recv().await {
            let mut conversations = BTreeSet::from([first]);
            let until = Instant::now() + COLLECT;
            while conversations.len() < BATCH
                && let Ok(Some(next)) = timeout_at(until, told.recv()).await
            {
                conversations.insert(next);
            }
            self.all_of(&conversations.into_iter().collect::<Vec<_>>()).await;
        }
    }

    async fn walk(self) {
        loop {
            if let Err(error) = self.once().await {
                report(&error);
            }
            // Replicas walk at different times.
            let share = rand::rng().random_range(0.5..1.0);
            sleep(WALK_EVERY.mul_f64(share)).await;
        }
    }

    /// Goes through all conversations.
    pub async fn once(&self) -> Result<(), sqlx::Error> {
        let end = sqlx::query_scalar!(r#"select coalesce(max(id), 0) as "end!" from chat.conversation"#)
            .fetch_one(&self.pool)
            .await?;
        let mut after = 0;
        while after < end {
            let waiting = within(self.waiting(after)).await?;
            for conversations in waiting.chunks(BATCH) {
                self.all_of(conversations).await;
                sleep(PAUSE).await;
            }
            after += WINDOW;
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn waiting(&self, after: i64) -> Result<Vec<i64>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select c.id
               from chat.conversation c
               where c.id > $1
                 and c.id <= $2
                 and (
                     c.head >= coalesce((
                         select until from chat.stretch where conversation_id = c.id order by chunk desc limit 1
                     ), 0)
                     or exists (select from chat.stretch where conversation_id = c.id and stale)
                 )
               order by c.id"#,
            after,
            after + WINDOW,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Digests until nothing of these is left. Who is being written to waits for the next turn.
    async fn all_of(&self, conversations: &[i64]) {
        loop {
            match within(self.step(conversations)).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return report(&error),
            }
        }
    }

    /// One transaction; answers how many stretches it digested.
    async fn step(&self, conversations: &[i64]) -> Result<usize, sqlx::Error> {
        let mut lease = Lease::take(&self.pool).await?;
        let mut tx = sqlx::Connection::begin(lease.conn()?).await?;
        // What is lost with a crash is made again.
        sqlx::query!("set local synchronous_commit = off")
            .execute(&mut *tx)
            .await?;
        let wanted = wanted(&mut tx, conversations).await?;
        if !wanted.is_empty() {
            let digests = digests(&mut tx, &wanted).await?;
            keep(&mut tx, &wanted, &digests).await?;
        }
        tx.commit().await?;
        lease.keep();
        Ok(wanted.len())
    }
}

/// A conversation's stretch, and up to which position it will be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    conversation: i64,
    chunk: i64,
    until: i64,
}

/// Stretches that have grown, and those that say nothing, of conversations that nobody writes in at this
/// moment. Their locks are held from here on: no text changes before its stretch is kept.
async fn wanted(conn: &mut PgConnection, conversations: &[i64]) -> Result<Vec<Place>, sqlx::Error> {
    let locked = sqlx::query!(
        "select id, head
         from chat.conversation
         where id = any($1)
         order by trainer_id, client_id
         for no key update skip locked",
        conversations,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<i64> = locked.iter().map(|row| row.id).collect();
    let heads: Vec<i64> = locked.iter().map(|row| row.head).collect();
    sqlx::query_as!(
        Place,
        r#"with locked as (
               select c.id, c.head, coalesce((
                   select until from chat.stretch where conversation_id = c.id order by chunk desc limit 1
               ), 0) as until
               from unnest($1::bigint[], $2::bigint[]) c(id, head)
           )
           select part.id as "conversation!", part.chunk as "chunk!",
                  least(part.chunk * 32 + 32, part.head + 1) as "until!"
           from (
               select id, head, chunk
               from locked
               cross join lateral generate_series(until / 32, least(head / 32, until / 32 + $3)) chunk
               where head >= until
               union
               select id, head, s.chunk
               from locked
               join chat.stretch s on s.conversation_id = id and s.stale
           ) part
           order by part.id, part.chunk
           limit $3"#,
        &ids,
        &heads,
        STRETCHES,
    )
    .fetch_all(conn)
    .await
}

#[derive(Default)]
struct Digest {
    slices: Slices,
    times: Option<(OffsetDateTime, OffsetDateTime)>,
}

impl Digest {
    /// Also a message without text, which an edit may give it.
    fn add(&mut self, seq: u64, text: Option<&str>, sent_at: OffsetDateTime) {
        if let Some(text) = text {
            self.slices.add(seq, text);
        }
        let (oldest, newest) = self.times.unwrap_or((sent_at, sent_at));
        self.times = Some((oldest.min(sent_at), newest.max(sent_at)));
    }
}

async fn digests(conn: &mut PgConnection, wanted: &[Place]) -> Result<Vec<Digest>, sqlx::Error> {
    let ids: Vec<i64> = wanted.iter().map(|place| place.conversation).collect();
    let chunks: Vec<i64> = wanted.iter().map(|place| place.chunk).collect();
    let untils: Vec<i64> = wanted.iter().map(|place| place.until).collect();
    let rows = sqlx::query!(
        r#"select s.number as "number!", m.seq, m.text, m.sent_at
           from unnest($1::bigint[], $2::bigint[], $3::bigint[]) with ordinality s(id, chunk, until, number)
           join chat.message m
               on m.conversation_id = s.id and m.seq >= s.chunk * 32 and m.seq < s.until"#,
        &ids,
        &chunks,
        &untils,
    )
    .fetch_all(conn)
    .await?;
    // One for each, also where nothing was written.
    let mut digests: Vec<Digest> = wanted.iter().map(|_| Digest::default()).collect();
    for row in rows {
        let number = usize::try_from(row.number - 1).unwrap_or(usize::MAX);
        if let Some(digest) = digests.get_mut(number) {
            digest.add(row.seq.cast_unsigned(), row.text.as_deref(), row.sent_at);
        }
    }
    Ok(digests)
}

async fn keep(conn: &mut PgConnection, places: &[Place], digests: &[Digest]) -> Result<(), sqlx::Error> {
    let ids: Vec<i64> = places.iter().map(|place| place.conversation).collect();
    let chunks: Vec<i64> = places.iter().map(|place| place.chunk).collect();
    let untils: Vec<i64> = places.iter().map(|place| place.until).collect();
    let epoch = OffsetDateTime::UNIX_EPOCH;
    let times = digests
        .iter()
        .map(|digest| digest.times.unwrap_or((epoch, epoch)));
    let (oldest, newest): (Vec<OffsetDateTime>, Vec<OffsetDateTime>) = times.unzip();
    let slices: Vec<String> = digests.iter().map(|digest| digest.slices.to_array()).collect();
    sqlx::query!(
        "insert into chat.stretch (conversation_id, chunk, until, oldest, newest, slices)
         select u.id, u.chunk, u.until, u.oldest, u.newest, u.slices::int[]
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[])
             as u(id, chunk, until, oldest, newest, slices)
         on conflict (conversation_id, chunk) do update
         set until = excluded.until, oldest = excluded.oldest, newest = excluded.newest,
             slices = excluded.slices, stale = false",
        &ids,
        &chunks,
        &untils,
        &oldest,
        &newest,
        &slices,
    )
    .execute(conn)
    .await?;
    Ok(())
}
