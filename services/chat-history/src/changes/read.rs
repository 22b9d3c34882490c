//! The statements that lock a batch's conversations and load the rows it decides by.

use std::collections::BTreeMap;

use protocol::{ConversationId, Epoch, MessageId, Reaction, Seq, UserId, file::AttachedFile};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::thread::{Conversation, Thread};
use crate::{access::Standing, row::Stored};

/// Which stored rows a batch needs to decide.
#[derive(Debug, Default)]
pub struct Wanted {
    pub by_id: Vec<(i64, MessageId)>,
    pub by_seq: Vec<(i64, Seq)>,
}

/// What `chat.meta` says, read after the locks were taken.
#[derive(Debug, Clone)]
pub struct Meta {
    pub epoch: Epoch,
    pub hash_key: Vec<u8>,
}

/// Locks those that exist, in the order in which every writer of several conversations locks:
/// `(trainer_id, client_id)`. Others may still refer to the rows, so keys stay unlocked.
pub async fn lock(
    conn: &mut PgConnection,
    people: &[ConversationId],
) -> Result<Vec<Conversation>, sqlx::Error> {
    let trainers: Vec<Uuid> = people.iter().map(|people| people.trainer.0).collect();
    let clients: Vec<Uuid> = people.iter().map(|people| people.client.0).collect();
    let rows = sqlx::query!(
        r#"select id, trainer_id as "trainer_id!", client_id as "client_id!", head, related, answered, client_wrote, contact_messages,
                trainer_blocks, client_blocks, gone, access_version, last_activity_at
         from unnest($1::uuid[], $2::uuid[]) wanted(trainer_id, client_id)
         join chat.conversation c using (trainer_id, client_id)
         order by trainer_id, client_id
         for no key update of c"#,
        &trainers,
        &clients,
    )
    .fetch_all(conn)
    .await?;
    let conversations = rows.into_iter().map(|row| Conversation {
        id: row.id,
        people: ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)),
        head: row.head.cast_unsigned(),
        standing: Standing {
            related: row.related,
            answered: row.answered,
            client_wrote: row.client_wrote,
            contact_messages: row.contact_messages,
            trainer_blocks: row.trainer_blocks,
            client_blocks: row.client_blocks,
            gone: row.gone,
        },
        access_version: row.access_version.cast_unsigned(),
        last_activity_at: row.last_activity_at,
    });
    Ok(conversations.collect())
}

/// Reads epoch, key and the wanted rows. A statement of its own after the locks: one that waited for
/// a lock still sees the rows as they were before it waited.
pub async fn load(
    conn: &mut PgConnection,
    wanted: &Wanted,
    threads: &mut BTreeMap<i64, &mut Thread>,
) -> Result<Meta, sqlx::Error> {
    let (id_conversations, ids): (Vec<i64>, Vec<Uuid>) = wanted
        .by_id
        .iter()
        .map(|(conversation, id)| (*conversation, id.uuid()))
        .unzip();
    let (seq_conversations, seqs): (Vec<i64>, Vec<i64>) = wanted
        .by_seq
        .iter()
        .map(|(conversation, seq)| (*conversation, seq.cast_signed()))
        .unzip();
    let rows = sqlx::query_as!(
        Loaded,
        r#"select meta.epoch as "epoch!", meta.hash_key as "hash_key!",
                  m.conversation_id as "conversation_id?", m.seq as "seq?", m.position as "position?",
                  m.id as "id?", m.sender as "sender?", m.text as "text?",
                  m.attachments as "attachments?: Json<Vec<AttachedFile>>", m.reply_to as "reply_to?",
                  m.reactions as "reactions?: Json<Vec<Reaction>>", m.content_hash as "content_hash?",
                  m.sent_at as "sent_at?", m.edited_at as "edited_at?", m.deleted_at as "deleted_at?"
           from chat.meta meta
           left join (
               select stored.*
               from unnest($1::bigint[], $2::uuid[]) wanted(conversation_id, id)
               join chat.message stored using (conversation_id, id)
               union all
               select stored.*
               from unnest($3::bigint[], $4::bigint[]) wanted(conversation_id, seq)
               join chat.message stored using (conversation_id, seq)
           ) m on true"#,
        &id_conversations,
        &ids,
        &seq_conversations,
        &seqs,
    )
    .fetch_all(conn)
    .await?;
    let mut meta = None;
    for mut row in rows {
        meta.get_or_insert_with(|| Meta {
            epoch: Epoch(row.epoch),
            hash_key: std::mem::take(&mut row.hash_key),
        });
        let thread = row.conversation_id.and_then(|id| threads.get_mut(&id));
        if let (Some(thread), Some(stored)) = (thread, row.into_stored()) {
            thread.load(stored.try_into()?);
        }
    }
    meta.ok_or(sqlx::Error::RowNotFound)
}

/// The columns of a row beside those of `chat.meta`; all absent when no row was found.
struct Loaded {
    epoch: Uuid,
    hash_key: Vec<u8>,
    conversation_id: Option<i64>,
    seq: Option<i64>,
    position: Option<i64>,
    id: Option<Uuid>,
    sender: Option<Uuid>,
    text: Option<String>,
    attachments: Option<Json<Vec<AttachedFile>>>,
    reply_to: Option<i64>,
    reactions: Option<Json<Vec<Reaction>>>,
    content_hash: Option<Vec<u8>>,
    sent_at: Option<OffsetDateTime>,
    edited_at: Option<OffsetDateTime>,
    deleted_at: Option<OffsetDateTime>,
}

impl Loaded {
    fn into_stored(self) -> Option<Stored> {
        Some(Stored {
            seq: self.seq?,
            position: self.position?,
            id: self.id?,
            sender: self.sender?,
            text: self.text,
            attachments: self.attachments,
            reply_to: self.reply_to,
            reactions: self.reactions,
            content_hash: self.content_hash,
            sent_at: self.sent_at?,
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
        })
    }
}
