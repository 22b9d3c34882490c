//! The most rows this PostgreSQL takes: nothing but batched inserts, as chat-history writes them.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sqlx::{PgPool, postgres::PgPoolOptions};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::usage;

/// How rows are written.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub connections: usize,
    pub rows: usize,
}

/// What bare inserts reach and cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limit {
    /// Rows per second.
    pub rate: f64,
    /// Processor time of PostgreSQL for one row, in microseconds.
    pub postgres: f64,
}

/// Inserts for `duration`; `postgres` is the server's process.
pub async fn limit(url: &str, postgres: u32, shape: Shape, duration: Duration) -> Limit {
    let connections = u32::try_from(shape.connections).expect("few connections");
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .connect(url)
        .await
        .expect("the database answers");
    sqlx::raw_sql(
        "drop schema if exists bench cascade;
         create schema bench;
         create table bench.message (like chat.message including all)",
    )
    .execute(&pool)
    .await
    .expect("a table like the log's can be made");
    let (started, before) = (Instant::now(), usage::processor_of_postgres(postgres));
    let writers = (0..shape.connections).map(|writer| write(&pool, writer, shape.rows, duration));
    let rows: usize = join_all(writers).await.into_iter().sum();
    Limit {
        rate: rows as f64 / started.elapsed().as_secs_f64(),
        postgres: usage::each(
            usage::processor_of_postgres(postgres).saturating_sub(before),
            rows,
        ),
    }
}

async fn write(pool: &PgPool, writer: usize, rows: usize, duration: Duration) -> usize {
    let deadline = Instant::now() + duration;
    let mut written = 0;
    while Instant::now() < deadline {
        insert(pool, writer, written, rows).await;
        written += rows;
    }
    written
}

/// One transaction of rows of as many conversations.
async fn insert(pool: &PgPool, writer: usize, from: usize, rows: usize) {
    let number = |value: usize| i64::try_from(value).expect("small numbers");
    let conversations: Vec<_> = (0..rows).map(|row| number(writer * 1_000_000 + row)).collect();
    let seqs = vec![number(from / rows + 1); rows];
    let ids: Vec<_> = std::iter::repeat_with(Uuid::now_v7).take(rows).collect();
    sqlx::query(
        "insert into bench.message (conversation_id, seq, position, id, sender, text, content_hash, sent_at)
         select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[],
                              $7::bytea[], $8::timestamptz[])",
    )
    .bind(conversations)
    .bind(&seqs)
    .bind(&seqs)
    .bind(&ids)
    .bind(&ids)
    .bind(vec![crate::durable::TEXT; rows])
    .bind(vec![[7_u8; 32]; rows])
    .bind(vec![OffsetDateTime::now_utc(); rows])
    .execute(pool)
    .await
    .expect("rows can be inserted");
}
