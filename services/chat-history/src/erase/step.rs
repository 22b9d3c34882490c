//! One step: some messages of one conversation, in one transaction.

use protocol::{ConversationId, Epoch, Position, Reaction, UserId, error::Role, file::AttachedFile};
use sqlx::{Connection, PgConnection, PgPool, types::Json};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    changes::{
        read,
        thread::{AccessChange, Thread},
        write,
    },
    database::Lease,
    lookup,
    row::{Row, Stored},
};

/// Messages of one step: few enough that a conversation's lock is held for moments only.
const MESSAGES: i64 = 500;
/// No transaction lives this long. One that began before the erasure was noted may still have opened a
/// conversation, so the last look comes after it.
const SETTLED: Duration = Duration::seconds(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There may be more.
    Took,
    /// Nothing to do at this moment.
    Rested,
}

/// What came of a step, and what the two people have to be told.
pub struct Done {
    pub step: Step,
    pub told: Option<Told>,
}

pub struct Told {
    pub epoch: Epoch,
    pub people: ConversationId,
    pub head: Position,
    pub access: Vec<(ConversationId, AccessChange)>,
}

pub async fn take(pool: &PgPool, now: OffsetDateTime) -> Result<Done, sqlx::Error> {
    let mut lease = Lease::take(pool).await?;
    let mut tx = lease.conn()?.begin().await?;
    let done = next(&mut tx, now).await?;
    tx.commit().await?;
    lease.keep();
    Ok(done)
}

async fn next(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Done, sqlx::Error> {
    let quiet = |step| Done { step, told: None };
    let Some((user, asked_at)) = person(conn).await? else {
        return Ok(quiet(Step::Rested));
    };
    if let Some(people) = conversation(conn, user).await? {
        return Ok(Done {
            step: Step::Took,
            told: Some(erase(conn, user, people, now).await?),
        });
    }
    if now - asked_at <= SETTLED {
        return Ok(quiet(Step::Rested));
    }
    finish(conn, user, now).await?;
    Ok(quiet(Step::Took))
}

/// Somebody whose erasure is open and not in another replica's hands: those with conversations left first.
async fn person(conn: &mut PgConnection) -> Result<Option<(UserId, OffsetDateTime)>, sqlx::Error> {
    let row = sqlx::query!(
        "select user_id, asked_at
         from chat.erasure e
         where done_at is null
         order by not exists (
             select from chat.conversation c where c.trainer_id = e.user_id and not c.trainer_erased
         ) and not exists (
             select from chat.conversation c where c.client_id = e.user_id and not c.client_erased
         ), asked_at
         limit 1
         for update skip locked",
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (UserId(row.user_id), row.asked_at)))
}

/// A conversation that may still hold something of the person's.
async fn conversation(conn: &mut PgConnection, user: UserId) -> Result<Option<ConversationId>, sqlx::Error> {
    let row = sqlx::query!(
        r#"(select trainer_id as "trainer_id!", client_id as "client_id!"
            from chat.conversation
            where trainer_id = $1 and not trainer_erased
            limit 1)
           union all
           (select trainer_id, client_id
            from chat.conversation
            where client_id = $1 and not client_erased
            limit 1)
           limit 1"#,
        user.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| ConversationId::new(UserId(row.trainer_id), UserId(row.client_id))))
}

/// Closes the conversation and takes away some of what the person left in it; the rest, when little is left.
async fn erase(
    conn: &mut PgConnection,
    user: UserId,
    people: ConversationId,
    now: OffsetDateTime,
) -> Result<Told, sqlx::Error> {
    let locked = read::lock(conn, &[people]).await?;
    let conversation = locked.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
    let mut closed = conversation.standing;
    closed.gone = true;
    let access = conversation.access_changes(closed);
    let mut thread = Thread::new(conversation);
    let rows = rows(conn, thread.conversation.id, user).await?;
    let is_last = rows.len() < usize::try_from(MESSAGES).unwrap_or(usize::MAX);
    for row in rows {
        let seq = row.seq;
        thread.load(row);
        thread.change(seq, |row| take_away(row, user, now));
    }
    let (id, head) = (thread.conversation.id, thread.conversation.head);
    write::write(conn, &[thread], now).await?;
    close(conn, id, (!access.is_empty(), now)).await?;
    if is_last {
        let role = if user == people.trainer {
            Role::Trainer
        } else {
            Role::User
        };
        leave(conn, id, user, role).await?;
    }
    Ok(Told {
        epoch: lookup::epoch(conn).await?,
        people,
        head,
        access: access.into_iter().map(|change| (people, change)).collect(),
    })
}

fn take_away(row: &mut Row, user: UserId, now: OffsetDateTime) {
    for reaction in &mut row.reactions {
        reaction.user_ids.retain(|who| *who != user);
    }
    row.reactions.retain(|reaction| !reaction.user_ids.is_empty());
    if row.sender == user && row.deleted_at.is_none() {
        row.text = None;
        row.attachments.clear();
        row.reply_to = None;
        row.reactions.clear();
        row.content_hash = None;
        row.edited_at = None;
        row.deleted_at = Some(now);
    }
}

/// The next messages with something of the person's.
async fn rows(conn: &mut PgConnection, conversation: i64, user: UserId) -> Result<Vec<Row>, sqlx::Error> {
    let stored = sqlx::query_as!(
        Stored,
        r#"select seq, position, id, sender, text, attachments as "attachments: Json<Vec<AttachedFile>>",
                  reply_to, reactions as "reactions: Json<Vec<Reaction>>", content_hash, sent_at, edited_at,
                  deleted_at
           from chat.message
           where conversation_id = $1
             and (
                 sender = $2 and deleted_at is null
                 or reactions @> jsonb_build_array(jsonb_build_object('userIds', jsonb_build_array($2)))
             )
           order by seq
           limit $3"#,
        conversation,
        user.0 as Uuid,
        MESSAGES,
    )
    .fetch_all(conn)
    .await?;
    stored.into_iter().map(Row::try_from).collect()
}

async fn close(
    conn: &mut PgConnection,
    conversation: i64,
    (turned, now): (bool, OffsetDateTime),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update chat.conversation
         set gone = true,
             related = false,
             access_version = access_version + $2::bool::int,
             access_changed_at = case when $2 then $3 else access_changed_at end
         where id = $1",
        conversation,
        turned,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nothing of the person's is left in the conversation but the id.
async fn leave(
    conn: &mut PgConnection,
    conversation: i64,
    user: UserId,
    role: Role,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from chat.mark where conversation_id = $1 and user_id = $2",
        conversation,
        user.0,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update chat.conversation
         set trainer_erased = trainer_erased or $2,
             client_erased = client_erased or not $2
         where id = $1",
        conversation,
        role == Role::Trainer,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn finish(conn: &mut PgConnection, user: UserId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update chat.erasure set done_at = $2 where user_id = $1",
        user.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
