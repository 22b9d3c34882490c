//! Moves what the demo people said into the past.
//!
//! The product stamps messages itself and has no call that backdates them, on purpose. So the demo
//! is sent over the API, which numbers and checks it as always, and then, once, only the times are
//! rewritten here: no id, seq, position or content. This is the one place outside of chat-history
//! that touches the schema `chat`; a change of these columns has to change it as well.

use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use super::load::Sent;
use crate::Error;

/// The clients' latest messages stay unread in this many conversations; all others are read.
const UNREAD: i64 = 3;

pub async fn all(database_url: &str, sent: &[Sent]) -> Result<(), Error> {
    let trainers: Vec<Uuid> = sent.iter().map(|sent| sent.conversation.trainer.0).collect();
    let clients: Vec<Uuid> = sent.iter().map(|sent| sent.conversation.client.0).collect();
    let messages: Vec<Uuid> = sent.iter().map(|sent| sent.message).collect();
    let times: Vec<OffsetDateTime> = sent.iter().map(|sent| sent.at).collect();

    let mut connection = PgConnection::connect(database_url).await?;
    let mut tx = connection.begin().await?;
    sqlx::query(
        "update chat.message m
         set sent_at = past.at
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) as past (trainer, client, id, at)
         join chat.conversation c on c.trainer_id = past.trainer and c.client_id = past.client
         where m.conversation_id = c.id and m.id = past.id",
    )
    .bind(&trainers)
    .bind(&clients)
    .bind(&messages)
    .bind(&times)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "update chat.conversation c
         set last_activity_at = (select max(m.sent_at) from chat.message m where m.conversation_id = c.id)
         where exists (select from chat.message m where m.conversation_id = c.id)",
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "with recent as (
             select id, trainer_id, client_id, head,
                    row_number() over (order by last_activity_at desc) <= $1 as unread
             from chat.conversation
         )
         insert into chat.mark (conversation_id, user_id, delivered_seq, read_seq)
         select id, person, head, case when unread then 0 else head end
         from recent
         cross join lateral unnest(array[trainer_id, client_id]) as person
         on conflict do nothing",
    )
    .bind(UNREAD)
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    connection.close().await?;
    Ok(())
}
