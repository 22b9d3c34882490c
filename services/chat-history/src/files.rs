//! What file-upload asks before it lets a file go: which messages were deleted, and which carry it.

use protocol::{
    ConversationId, ErrorCode, FileId, MessageId, UserId,
    error::Refusal,
    internal::{Carried, CarriedRequest, PullRequest, Pulled, Released},
    limits,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{database::within, failure::Error};

const MOST: u32 = 1_000;

/// Deleted messages after `after`. Numbers come from a locked row, so what is visible has no gaps.
pub async fn released(pool: &PgPool, question: PullRequest) -> Result<Pulled<Released>, Error> {
    let limit = question.limit.clamp(1, MOST);
    let query = sqlx::query!(
        "select number, trainer_id, client_id, message_id
         from chat.release
         where number > $1
         order by number
         limit $2",
        question.after,
        i64::from(limit) + 1,
    );
    let rows = within(query.fetch_all(pool)).await?;
    let more = rows.len() > limit as usize;
    let released = rows.into_iter().take(limit as usize).map(|row| {
        let conversation_id = ConversationId::new(UserId(row.trainer_id), UserId(row.client_id));
        let message_id = message_id(row.message_id)?;
        let released = Released {
            conversation_id,
            message_id,
        };
        Ok((row.number, released))
    });
    let items: Vec<_> = released.collect::<Result<_, sqlx::Error>>()?;
    let to = items.last().map_or(question.after, |(number, _)| *number);
    Ok(Pulled { items, to, more })
}

/// The messages that carry any of these files. A deleted one carries nothing.
pub async fn carried(pool: &PgPool, question: &CarriedRequest) -> Result<Vec<Carried>, Error> {
    if question.ids.len() > limits::IDS {
        return Err(Refusal::field(ErrorCode::InvalidField, "ids").into());
    }
    let ids: Vec<Uuid> = question.ids.iter().map(|id| id.0).collect();
    let query = sqlx::query!(
        r#"select asked.id as "file_id!", c.trainer_id, c.client_id, m.id
           from unnest($1::uuid[]) asked(id)
           join chat.message m
             on m.attachments is not null
            and m.attachments @> jsonb_build_array(jsonb_build_object('id', asked.id))
           join chat.conversation c on c.id = m.conversation_id"#,
        &ids,
    );
    let rows = within(query.fetch_all(pool)).await?;
    let carried = rows.into_iter().map(|row| {
        Ok(Carried {
            file_id: FileId(row.file_id),
            conversation_id: ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)),
            message_id: message_id(row.id)?,
        })
    });
    Ok(carried.collect::<Result<_, sqlx::Error>>()?)
}

fn message_id(stored: Uuid) -> Result<MessageId, sqlx::Error> {
    MessageId::parse(stored).map_err(|error| sqlx::Error::Decode(error.into()))
}
