//! What one of the two people sees of a conversation in the list.

use protocol::{
    ConversationEntry, ConversationId, Reaction, UserId, error::Role, file::AttachedFile, limits,
};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Line;
use crate::{
    access::Standing,
    row::{Row, Stored},
};

/// The entries of `lines` for one of their people, in the same order.
pub async fn entries(
    conn: &mut PgConnection,
    (user, role): (UserId, Role),
    lines: &[Line],
) -> Result<Vec<ConversationEntry>, sqlx::Error> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = lines.iter().map(|line| line.id).collect();
    let rows = sqlx::query_as!(
        Entry,
        r#"select c.trainer_id, c.client_id, c.head, c.related, c.answered, c.client_wrote, c.contact_messages,
                  c.trainer_blocks, c.client_blocks, c.gone,
                  coalesce(mine.read_seq, 0) as "read_seq!", coalesce(mine.delivered_seq, 0) as "delivered_seq!",
                  case when hidden.receipts then 0 else coalesce(theirs.read_seq, 0) end as "peer_read_seq!",
                  case when hidden.receipts then 0 else coalesce(theirs.delivered_seq, 0) end
                      as "peer_delivered_seq!",
                  unread.count as "unread!",
                  m.seq as "seq?", m.position as "position?", m.id as "id?", m.sender as "sender?",
                  m.text as "text?", m.attachments as "attachments?: Json<Vec<AttachedFile>>",
                  m.reply_to as "reply_to?", m.reactions as "reactions?: Json<Vec<Reaction>>",
                  m.sent_at as "sent_at?", m.edited_at as "edited_at?", m.deleted_at as "deleted_at?"
           from unnest($1::bigint[]) with ordinality asked(id, nth)
           join chat.conversation c on c.id = asked.id
           cross join lateral (
               select case when c.trainer_id = $2 then c.client_id else c.trainer_id end as id
           ) peer
           cross join lateral (
               select exists (
                   select from chat.hides_receipts where user_id in (c.trainer_id, c.client_id)
               ) as receipts
           ) hidden
           left join chat.mark mine on mine.conversation_id = c.id and mine.user_id = $2
           left join chat.mark theirs on theirs.conversation_id = c.id and theirs.user_id = peer.id
           left join lateral (
               select *
               from chat.message
               where conversation_id = c.id
               order by seq desc
               limit 1
           ) m on true
           cross join lateral (
               select count(*)
               from (
                   select
                   from chat.message
                   where conversation_id = c.id
                     and sender = peer.id
                     and seq > coalesce(mine.read_seq, 0)
                     and deleted_at is null
                   limit $3
               ) unread
           ) unread
           order by asked.nth"#,
        &ids,
        user.0,
        limits::UNREAD.cast_signed(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| row.seen_by(user, role)).collect()
}

struct Entry {
    trainer_id: Uuid,
    client_id: Uuid,
    head: i64,
    related: bool,
    answered: bool,
    client_wrote: bool,
    contact_messages: i32,
    trainer_blocks: bool,
    client_blocks: bool,
    gone: bool,
    read_seq: i64,
    delivered_seq: i64,
    peer_read_seq: i64,
    peer_delivered_seq: i64,
    unread: i64,
    // The last message, if there is one.
    seq: Option<i64>,
    position: Option<i64>,
    id: Option<Uuid>,
    sender: Option<Uuid>,
    text: Option<String>,
    attachments: Option<Json<Vec<AttachedFile>>>,
    reply_to: Option<i64>,
    reactions: Option<Json<Vec<Reaction>>>,
    sent_at: Option<OffsetDateTime>,
    edited_at: Option<OffsetDateTime>,
    deleted_at: Option<OffsetDateTime>,
}

impl Entry {
    fn seen_by(mut self, user: UserId, role: Role) -> Result<ConversationEntry, sqlx::Error> {
        let people = ConversationId::new(UserId(self.trainer_id), UserId(self.client_id));
        let last = self.last().map(Row::try_from).transpose()?;
        let standing = Standing {
            related: self.related,
            answered: self.answered,
            client_wrote: self.client_wrote,
            contact_messages: self.contact_messages,
            trainer_blocks: self.trainer_blocks,
            client_blocks: self.client_blocks,
            gone: self.gone,
        };
        Ok(ConversationEntry {
            conversation_id: people,
            peer_id: people.peer_of(user),
            position: self.head.cast_unsigned(),
            last_message: last.map(|row| row.preview(people)),
            unread: self.unread.cast_unsigned(),
            read_seq: self.read_seq.cast_unsigned(),
            delivered_seq: self.delivered_seq.cast_unsigned(),
            peer_read_seq: self.peer_read_seq.cast_unsigned(),
            peer_delivered_seq: self.peer_delivered_seq.cast_unsigned(),
            can_send: standing.may_send(role),
        })
    }

    fn last(&mut self) -> Option<Stored> {
        Some(Stored {
            seq: self.seq?,
            position: self.position?,
            id: self.id?,
            sender: self.sender?,
            text: self.text.take(),
            attachments: self.attachments.take(),
            reply_to: self.reply_to,
            reactions: self.reactions.take(),
            content_hash: None,
            sent_at: self.sent_at?,
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
        })
    }
}
