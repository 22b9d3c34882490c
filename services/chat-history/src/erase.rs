//! Takes away what an erased person wrote: their messages become tombstones, their reactions and marks
//! go, and their conversations are closed. What the other person wrote stays, and so does the order.
//!
//! The roster's list says whom; `chat.erasure` keeps it until nothing is left. Each step is one
//! transaction, so whatever is killed in between, the next step goes on where the last one ended.

mod step;

use std::{sync::Arc, time::Duration};

use boot::Lifecycle;
use protocol::{
    UserId,
    internal::{Erased, RosterChange},
};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    changes::publish::Publisher,
    database::within,
    failure::{self, Error},
};

pub use step::Step;

/// A bell is only a hint: another replica may have taken the page and died.
const EVERY: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Eraser {
    pool: PgPool,
    publisher: Publisher,
    bell: Arc<Notify>,
}

impl Eraser {
    pub fn new(pool: &PgPool, publisher: &Publisher) -> Self {
        Self {
            pool: pool.clone(),
            publisher: publisher.clone(),
            bell: Arc::default(),
        }
    }

    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Erases until the hard stop; every replica does, and none waits for another.
    pub fn start(&self, life: &Lifecycle) {
        let (eraser, hard) = (self.clone(), life.hard.clone());
        life.tasks.spawn("erase", async move {
            loop {
                if let Err(error) = eraser.work().await {
                    failure::report(&error);
                }
                tokio::select! {
                    () = hard.cancelled() => return,
                    () = eraser.bell.notified() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        });
    }

    /// Steps until nothing is left to do at this moment.
    pub async fn work(&self) -> Result<(), sqlx::Error> {
        while self.step().await? != Step::Rested {}
        Ok(())
    }

    /// Takes one step.
    pub async fn step(&self) -> Result<Step, sqlx::Error> {
        let done = within(step::take(&self.pool, OffsetDateTime::now_utc())).await?;
        if let Some(told) = &done.told {
            self.publisher.ring_access(told.epoch, &told.access).await;
            self.publisher.ring_head(told.epoch, told.people, told.head).await;
        }
        Ok(done.step)
    }
}

/// Notes the erasures of a page, in the transaction that takes the page.
pub async fn ask(
    conn: &mut PgConnection,
    items: &[(i64, RosterChange)],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let users: Vec<Uuid> = items
        .iter()
        .filter_map(|(_, change)| match change {
            RosterChange::Erasure { user, .. } => Some(user.0),
            _ => None,
        })
        .collect();
    if users.is_empty() {
        return Ok(());
    }
    sqlx::query!("delete from chat.hides_receipts where user_id = any($1)", &users)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "insert into chat.erasure (user_id, asked_at)
         select user_id, $2
         from unnest($1::uuid[]) asked(user_id)
         on conflict (user_id) do nothing",
        &users,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts what still holds something of the person's: messages, reactions and marks.
pub async fn left(pool: &PgPool, user: UserId) -> Result<Erased, Error> {
    let counted = sqlx::query_scalar!(
        r#"select (
               select count(*)
               from (
                   select id from chat.conversation where trainer_id = $1
                   union all
                   select id from chat.conversation where client_id = $1
               ) c
               join chat.message m on m.conversation_id = c.id
               where m.sender = $1
                     and num_nonnulls(m.text, m.attachments, m.content_hash, m.reply_to, m.reactions) > 0
                  or m.reactions @> jsonb_build_array(jsonb_build_object('userIds', jsonb_build_array($1)))
           ) + (
               select count(*)
               from (
                   select id from chat.conversation where trainer_id = $1
                   union all
                   select id from chat.conversation where client_id = $1
               ) c
               join chat.mark k on k.conversation_id = c.id and k.user_id = $1
           ) + (
               select count(*) from chat.hides_receipts where user_id = $1
           ) as "left!""#,
        user.0,
    );
    let left = within(counted.fetch_one(pool)).await?;
    Ok(Erased {
        left: left.cast_unsigned(),
        next: None,
    })
}
