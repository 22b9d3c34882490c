//! A person's list of conversations.

mod entries;

use protocol::{ConversationId, Epoch, Position, UserId, error::Role, internal::Head, marks::Marked};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

pub use entries::entries;

use crate::{
    access::Standing,
    database::{Lease, within},
    failure::Error,
    lookup,
};

/// A conversation's place in the list.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub id: i64,
    pub people: ConversationId,
    pub head: Position,
    pub access_version: u32,
    pub access_changed_at: OffsetDateTime,
    pub last_activity_at: OffsetDateTime,
    /// How far the marks of the trainer and of the client stand.
    pub marked: (u64, u64),
    pub standing: Standing,
}

impl Line {
    /// The line as gateways know it.
    pub fn head(&self, user: UserId) -> Head {
        let (trainer, client) = self.marked;
        let (mine, theirs) = if user == self.people.trainer {
            (trainer, client)
        } else {
            (client, trainer)
        };
        Head(
            self.people.peer_of(user),
            self.head,
            self.access_version,
            Marked { mine, theirs },
        )
    }

    /// Where the list goes on after this line.
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.last_activity_at,
            id: self.id,
        }
    }
}

/// A place in the list: stays valid whatever comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: OffsetDateTime,
    pub id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at.unix_timestamp_nanos() / 1_000, self.id)
    }
}

impl std::str::FromStr for Cursor {
    type Err = protocol::ids::Malformed;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let malformed = protocol::ids::Malformed;
        let (micros, id) = raw.split_once('-').ok_or(malformed)?;
        let micros: i64 = micros.parse().map_err(|_| malformed)?;
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
        Ok(Self {
            at: at.map_err(|_| malformed)?,
            id: id.parse().map_err(|_| malformed)?,
        })
    }
}

/// One page of the list, and where the next begins.
pub async fn page(
    pool: &PgPool,
    (user, role): (UserId, Role),
    after: Option<Cursor>,
    limit: u32,
) -> Result<(Vec<protocol::ConversationEntry>, Option<Cursor>), Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let mut lines = lines(&mut snapshot, (user, role), after, Some(i64::from(limit) + 1)).await?;
        let more = lines.len() > limit as usize;
        lines.truncate(limit as usize);
        let entries = entries(&mut snapshot, (user, role), &lines).await?;
        snapshot.commit().await?;
        lease.keep();
        let next = lines.last().filter(|_| more).map(Line::cursor);
        Ok((entries, next))
    })
    .await
}

/// All of a person's conversations with the entries of the newest: what a connecting device needs.
pub async fn open(
    pool: &PgPool,
    (user, role): (UserId, Role),
    newest: usize,
) -> Result<(Epoch, Vec<Line>, Vec<protocol::ConversationEntry>), Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let lines = lines(&mut snapshot, (user, role), None, None).await?;
        let shown = lines.get(..newest).unwrap_or(&lines);
        let entries = entries(&mut snapshot, (user, role), shown).await?;
        snapshot.commit().await?;
        lease.keep();
        Ok((epoch, lines, entries))
    })
    .await
}

/// The entries of a person's conversations with `peers`, as far as there are any.
pub async fn with_peers(
    pool: &PgPool,
    (user, role): (UserId, Role),
    peers: &[UserId],
) -> Result<(Epoch, Vec<(Line, protocol::ConversationEntry)>), Error> {
    let people: Vec<ConversationId> = peers
        .iter()
        .filter_map(|peer| ConversationId::of(user, role, *peer))
        .collect();
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let lines = lines_of(&mut snapshot, &people).await?;
        let entries = entries(&mut snapshot, (user, role), &lines).await?;
        snapshot.commit().await?;
        lease.keep();
        Ok((epoch, lines.into_iter().zip(entries).collect()))
    })
    .await
}

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
