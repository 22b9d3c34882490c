//! How fast the log is beside the same rows inserted by bare statements into the same PostgreSQL:
//! `cargo test --release -p chat-history --test it -- --ignored --nocapture acknowledged`.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use protocol::{
    MessageId,
    marks::{MarkRequest, Marks},
};
use sandbox::{Postgres, PostgresOptions};
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::rig::{Person, Rig, client, trainer};

const PAIRS: usize = 1_000;
const FOR: Duration = Duration::from_secs(5);
const ROUNDS: usize = 5;
/// A hundred in ten milliseconds are 10,000 a second.
const MARKS_PER_TICK: usize = 100;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn acknowledged_messages_per_second_beside_bare_inserts() {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    postgres.prepare("postgres").await.unwrap();
    let url = postgres.url("postgres");
    chat_history::database::migrate(url.parse().unwrap())
        .await
        .unwrap();
    let rig = Rig::on(&url).await;
    let pairs: Vec<_> = (0..PAIRS).map(|_| (trainer(), client())).collect();
    for (tom, anna) in &pairs {
        rig.roster.relate(*tom, *anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();

    for senders in [1, 16, 128, 512, 1_024] {
        let (acks, latency) = acknowledged(&rig, &pairs, senders).await;
        println!(
            "{senders:>5} senders: {acks:>8.0} acks/s, p50 {:?}, p99 {:?}",
            latency.0, latency.1
        );
    }
    for rows in [16, 64, 256] {
        let bare = bare(&rig.pool, 4, rows).await;
        println!("bare inserts, 4 connections, {rows} rows each: {bare:.0} rows/s");
    }
}

/// What marks cost the appends beside them: rounds with and without take turns, so that whatever else the
/// machine does meets both.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn appends_per_second_beside_ten_thousand_marks() {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    postgres.prepare("postgres").await.unwrap();
    let url = postgres.url("postgres");
    chat_history::database::migrate(url.parse().unwrap())
        .await
        .unwrap();
    let rig = Rig::on(&url).await;
    let pairs: Vec<_> = (0..PAIRS).map(|_| (trainer(), client())).collect();
    for (tom, anna) in &pairs {
        rig.roster.relate(*tom, *anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();
    acknowledged(&rig, &pairs, 128).await;

    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (acks, _) = acknowledged(&rig, &pairs, 128).await;
        let (more, marks) = tokio::join!(acknowledged(&rig, &pairs, 128), marked(&rig, &pairs));
        println!(
            "round {round}: {acks:>7.0} acks/s alone, {:>7.0} beside {marks:.0} marks/s",
            more.0
        );
        alone.push(acks);
        beside.push(more.0);
    }
    let median = |figures: &mut Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let cost = 1.0 - median(&mut beside) / median(&mut alone);
    println!("marks cost the appends {:.1} % (medians)", cost * 100.0);
}

/// Marks at a steady rate, each up to whatever is the newest message; answers how many were stored a second.
async fn marked(rig: &Rig, pairs: &[(Person, Person)]) -> f64 {
    let started = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let mut tasks = JoinSet::new();
    let mut turn = pairs.iter().cycle();
    let mut stored = 0;
    while started.elapsed() < FOR {
        ticks.tick().await;
        for (tom, anna) in turn.by_ref().take(MARKS_PER_TICK) {
            let marks = rig.one.marks.clone();
            let request = MarkRequest {
                user: anna.id,
                role: anna.role,
                conversation: anna.with(*tom),
                marks: Marks::new(u32::MAX.into(), u32::MAX.into()),
            };
            tasks.spawn(async move { marks.raise(&request).await.is_ok() });
        }
        while let Some(done) = tasks.try_join_next() {
            stored += usize::from(done.unwrap());
        }
    }
    stored += tasks.join_all().await.into_iter().filter(|done| *done).count();
    per_second(stored, started)
}

/// Senders with one message in flight each.
async fn acknowledged(rig: &Rig, pairs: &[(Person, Person)], senders: usize) -> (f64, (Duration, Duration)) {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for n in 0..senders {
        let (tom, anna) = pairs[n % pairs.len()];
        let intake = rig.one.intake.clone();
        tasks.spawn(async move {
            let mut waits = Vec::new();
            while started.elapsed() < FOR {
                let sent = Instant::now();
                intake
                    .take(anna.text(tom, "see you on Monday at seven, bring water"))
                    .await
                    .unwrap();
                waits.push(sent.elapsed());
            }
            waits
        });
    }
    let mut waits: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    waits.sort();
    let at = |share: usize| waits[waits.len() * share / 100];
    (per_second(waits.len(), started), (at(50), at(99)))
}

/// The same rows with the same commits, and nothing else.
async fn bare(pool: &PgPool, connections: i64, rows: usize) -> f64 {
    let started = Instant::now();
    let inserts = (1..=connections).map(|conversation| {
        let pool = pool.clone();
        async move {
            let (mut seq, mut inserted) = (1_000_000 * i64::try_from(rows).unwrap(), 0);
            while started.elapsed() < FOR {
                let seqs: Vec<i64> = (0..rows).map(|n| seq + i64::try_from(n).unwrap()).collect();
                let ids: Vec<Uuid> = (0..rows).map(|_| MessageId::generate().uuid()).collect();
                sqlx::query(
                    "insert into chat.message (conversation_id, seq, position, id, sender, text, content_hash, sent_at)
                     select $1, seq, seq, id, id, 'see you on Monday at seven, bring water', sha256('x'), now()
                     from unnest($2::bigint[], $3::uuid[]) u(seq, id)",
                )
                .bind(1_000_000 + conversation)
                .bind(&seqs)
                .bind(&ids)
                .execute(&pool)
                .await
                .unwrap();
                seq += i64::try_from(rows).unwrap();
                inserted += rows;
            }
            inserted
        }
    });
    let inserted: usize = join_all(inserts).await.into_iter().sum();
    per_second(inserted, started)
}

fn per_second(count: usize, since: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / since.elapsed().as_secs_f64()
}
