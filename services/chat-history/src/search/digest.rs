//! Makes the signatures in the background: of stretches that are full, and of those whose texts have changed.
//! Appends only say which conversation has filled one. A stretch without a signature is found all the same, by
//! reading it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use boot::Lifecycle;
use rand::Rng;
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

use super::signature::Signature;
use crate::{
    database::{Lease, within},
    failure::report,
};

/// Positions of one stretch.
pub const STRETCH: u64 = 32;
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

/// Where appends say what they have filled; cheap to clone.
#[derive(Clone)]
pub struct Full(mpsc::Sender<i64>);

impl Full {
    /// These conversations have a stretch to digest.
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
                     (c.head + 1) / 32 > (
                         select coalesce(max(chunk) + 1, 0) from chat.digest where conversation_id = c.id
                     )
                     or exists (select from chat.digest where conversation_id = c.id and stale)
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
            keep(&mut tx, &digests).await?;
        }
        tx.commit().await?;
        lease.keep();
        Ok(wanted.len())
    }
}

/// Full stretches without a signature, and those whose signature says nothing, of conversations that nobody
/// writes in at this moment. Their locks are held from here on: no text changes before its signature is kept.
async fn wanted(conn: &mut PgConnection, conversations: &[i64]) -> Result<Vec<(i64, i64)>, sqlx::Error> {
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
    let wanted = sqlx::query!(
        r#"select part.id as "id!", part.chunk as "chunk!"
           from (
               select c.id, missing.chunk
               from unnest($1::bigint[], $2::bigint[]) c(id, head)
               cross join lateral (
                   select coalesce(max(chunk) + 1, 0) as next from chat.digest where conversation_id = c.id
               ) d
               cross join lateral generate_series(d.next, least((c.head + 1) / 32, d.next + $3) - 1) missing(chunk)
               union all
               select d.conversation_id, d.chunk
               from chat.digest d
               where d.conversation_id = any($1) and d.stale
           ) part
           order by part.id, part.chunk
           limit $3"#,
        &ids,
        &heads,
        STRETCHES,
    )
    .fetch_all(conn)
    .await?;
    Ok(wanted.into_iter().map(|row| (row.id, row.chunk)).collect())
}

#[derive(Default)]
struct Digest {
    signature: Signature,
    times: Option<(OffsetDateTime, OffsetDateTime)>,
}

impl Digest {
    fn add(&mut self, text: &str, sent_at: OffsetDateTime) {
        self.signature.add(text);
        self.spans(sent_at);
    }

    /// Also a message without text, which an edit may give it.
    fn spans(&mut self, sent_at: OffsetDateTime) {
        let (oldest, newest) = self.times.unwrap_or((sent_at, sent_at));
        self.times = Some((oldest.min(sent_at), newest.max(sent_at)));
    }
}

async fn digests(
    conn: &mut PgConnection,
    wanted: &[(i64, i64)],
) -> Result<BTreeMap<(i64, i64), Digest>, sqlx::Error> {
    let (ids, chunks): (Vec<i64>, Vec<i64>) = wanted.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select s.id as "id!", s.chunk as "chunk!", m.text, m.sent_at
           from unnest($1::bigint[], $2::bigint[]) s(id, chunk)
           join chat.message m
               on m.conversation_id = s.id and m.seq >= s.chunk * 32 and m.seq < s.chunk * 32 + 32"#,
        &ids,
        &chunks,
    )
    .fetch_all(conn)
    .await?;
    // One for each, also where nothing was written.
    let mut digests: BTreeMap<(i64, i64), Digest> =
        wanted.iter().map(|place| (*place, Digest::default())).collect();
    for row in rows {
        let digest = digests.entry((row.id, row.chunk)).or_default();
        match &row.text {
            Some(text) => digest.add(text, row.sent_at),
            None => digest.spans(row.sent_at),
        }
    }
    Ok(digests)
}

async fn keep(conn: &mut PgConnection, digests: &BTreeMap<(i64, i64), Digest>) -> Result<(), sqlx::Error> {
    let (ids, chunks): (Vec<i64>, Vec<i64>) = digests.keys().copied().unzip();
    let times = digests.values().map(|digest| {
        let epoch = OffsetDateTime::UNIX_EPOCH;
        digest.times.unwrap_or((epoch, epoch))
    });
    let (oldest, newest): (Vec<OffsetDateTime>, Vec<OffsetDateTime>) = times.unzip();
    let signatures: Vec<String> = digests
        .values()
        .map(|digest| digest.signature.to_bits())
        .collect();
    sqlx::query!(
        "insert into chat.digest as d (conversation_id, chunk, oldest, newest, signature)
         select u.id, u.chunk, u.oldest, u.newest, u.signature::bit(4096)
         from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[])
             as u(id, chunk, oldest, newest, signature)
         on conflict (conversation_id, chunk) do update
         set oldest = excluded.oldest, newest = excluded.newest, signature = excluded.signature, stale = false",
        &ids,
        &chunks,
        &oldest,
        &newest,
        &signatures,
    )
    .execute(conn)
    .await?;
    Ok(())
}
