//! The statements that read conversations' places in the list.

use protocol::{ConversationId, UserId, error::Role, internal::HEADS};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Cursor, Line};
use crate::access::Standing;

/// A person's conversations, most recently active first; all of them without a limit.
pub async fn lines(
    conn: &mut PgConnection,
    (user, role): (UserId, Role),
    after: Option<Cursor>,
    limit: Option<i64>,
) -> Result<Vec<Line>, sqlx::Error> {
    let (at, id) = after.map(|cursor| (cursor.at, cursor.id)).unzip();
    // Each half has an index of its own and does not run for the other role.
    let rows = sqlx::query_as!(
        StoredLine,
        r#"select page.id as "id!", page.trainer_id as "trainer_id!", page.client_id as "client_id!",
                  page.head as "head!", page.access_version as "access_version!",
                  page.access_changed_at as "access_changed_at!", page.last_activity_at as "last_activity_at!",
                  page.related as "related!", page.answered as "answered!",
                  page.client_wrote as "client_wrote!", page.contact_messages as "contact_messages!",
                  page.trainer_blocks as "trainer_blocks!", page.client_blocks as "client_blocks!",
                  page.gone as "gone!",
                  coalesce(trainer.delivered_seq + trainer.read_seq, 0) as "trainer_marked!",
                  coalesce(client.delivered_seq + client.read_seq, 0) as "client_marked!"
           from (
               (select *
                from chat.conversation
                where $2
                  and trainer_id = $1
                  and ($3::timestamptz is null or (last_activity_at, id) < ($3, $4::bigint))
                order by last_activity_at desc, id desc
                limit $5)
               union all
               (select *
                from chat.conversation
                where not $2
                  and client_id = $1
                  and ($3::timestamptz is null or (last_activity_at, id) < ($3, $4::bigint))
                order by last_activity_at desc, id desc
                limit $5)
           ) page
           left join chat.mark trainer
               on trainer.conversation_id = page.id and trainer.user_id = page.trainer_id
           left join chat.mark client
               on client.conversation_id = page.id and client.user_id = page.client_id
           order by page.last_activity_at desc, page.id desc"#,
        user.0,
        role == Role::Trainer,
        at,
        id,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// The lines of these conversations, as far as they exist.
pub async fn lines_of(conn: &mut PgConnection, people: &[ConversationId]) -> Result<Vec<Line>, sqlx::Error> {
    let (trainers, clients): (Vec<Uuid>, Vec<Uuid>) = people
        .iter()
        .map(|people| (people.trainer.0, people.client.0))
        .unzip();
    let rows = sqlx::query_as!(
        StoredLine,
        r#"select c.id, c.trainer_id as "trainer_id!", c.client_id as "client_id!", c.head, c.access_version,
                  c.access_changed_at, c.last_activity_at, c.related, c.answered, c.client_wrote,
                  c.contact_messages, c.trainer_blocks, c.client_blocks, c.gone,
                  coalesce(trainer.delivered_seq + trainer.read_seq, 0) as "trainer_marked!",
                  coalesce(client.delivered_seq + client.read_seq, 0) as "client_marked!"
           from unnest($1::uuid[], $2::uuid[]) wanted(trainer_id, client_id)
           join chat.conversation c using (trainer_id, client_id)
           left join chat.mark trainer
               on trainer.conversation_id = c.id and trainer.user_id = c.trainer_id
           left join chat.mark client
               on client.conversation_id = c.id and client.user_id = c.client_id
           order by c.last_activity_at desc, c.id desc"#,
        &trainers,
        &clients,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// Of a person's conversations, by id, what one answer holds.
pub async fn ids_after(
    conn: &mut PgConnection,
    (user, role): (UserId, Role),
    after: i64,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id!"
           from (
               select id from chat.conversation where $2 and trainer_id = $1
               union all
               select id from chat.conversation where not $2 and client_id = $1
           ) own
           where id > $3
           order by id
           limit $4"#,
        user.0,
        role == Role::Trainer,
        after,
        i64::try_from(HEADS).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await
}

pub async fn lines_by_id(conn: &mut PgConnection, ids: &[i64]) -> Result<Vec<Line>, sqlx::Error> {
    let rows = sqlx::query_as!(
        StoredLine,
        r#"select c.id, c.trainer_id as "trainer_id!", c.client_id as "client_id!", c.head, c.access_version,
                  c.access_changed_at, c.last_activity_at, c.related, c.answered, c.client_wrote,
                  c.contact_messages, c.trainer_blocks, c.client_blocks, c.gone,
                  coalesce(trainer.delivered_seq + trainer.read_seq, 0) as "trainer_marked!",
                  coalesce(client.delivered_seq + client.read_seq, 0) as "client_marked!"
           from unnest($1::bigint[]) wanted(id)
           join chat.conversation c on c.id = wanted.id
           left join chat.mark trainer
               on trainer.conversation_id = c.id and trainer.user_id = c.trainer_id
           left join chat.mark client
               on client.conversation_id = c.id and client.user_id = c.client_id"#,
        ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

struct StoredLine {
    id: i64,
    trainer_id: Uuid,
    client_id: Uuid,
    head: i64,
    access_version: i32,
    access_changed_at: OffsetDateTime,
    last_activity_at: OffsetDateTime,
    related: bool,
    answered: bool,
    client_wrote: bool,
    contact_messages: i32,
    trainer_blocks: bool,
    client_blocks: bool,
    gone: bool,
    trainer_marked: i64,
    client_marked: i64,
}

impl From<StoredLine> for Line {
    fn from(row: StoredLine) -> Self {
        Self {
            id: row.id,
            people: ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)),
            head: row.head.cast_unsigned(),
            access_version: row.access_version.cast_unsigned(),
            access_changed_at: row.access_changed_at,
            last_activity_at: row.last_activity_at,
            marked: (
                row.trainer_marked.cast_unsigned(),
                row.client_marked.cast_unsigned(),
            ),
            standing: Standing {
                related: row.related,
                answered: row.answered,
                client_wrote: row.client_wrote,
                contact_messages: row.contact_messages,
                trainer_blocks: row.trainer_blocks,
                client_blocks: row.client_blocks,
                gone: row.gone,
            },
        }
    }
}
