//! Finding one conversation in a snapshot, with the epoch it belongs to.

use protocol::{ConversationId, Epoch, ErrorCode, Position};
use sqlx::PgConnection;

use crate::failure::Error;

/// A conversation as a snapshot knows it.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub epoch: Epoch,
    pub id: i64,
    pub people: ConversationId,
    pub head: Position,
}

pub async fn find(conn: &mut PgConnection, people: ConversationId) -> Result<Found, Error> {
    let found = sqlx::query!(
        r#"select meta.epoch, c.id, c.head
           from chat.conversation c, chat.meta meta
           where c.trainer_id = $1
             and c.client_id = $2"#,
        people.trainer.0,
        people.client.0,
    )
    .fetch_optional(conn)
    .await?
    .ok_or(ErrorCode::NotFound)?;
    Ok(Found {
        epoch: Epoch(found.epoch),
        id: found.id,
        people,
        head: found.head.cast_unsigned(),
    })
}

/// Names this copy of the log.
pub async fn epoch(conn: &mut PgConnection) -> Result<Epoch, sqlx::Error> {
    sqlx::query_scalar!("select epoch from chat.meta")
        .fetch_one(conn)
        .await
        .map(Epoch)
}
