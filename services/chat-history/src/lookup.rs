//! Finding one conversation in a snapshot, with the epoch it belongs to.

use protocol::{ConversationId, Epoch, Position};
use sqlx::PgConnection;

/// A conversation as a snapshot knows it.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub epoch: Epoch,
    pub id: i64,
    pub people: ConversationId,
    pub head: Position,
}

/// `None` is no failure: the connection it was asked on stays good.
pub async fn find(conn: &mut PgConnection, people: ConversationId) -> Result<Option<Found>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select meta.epoch, c.id, c.head
           from chat.conversation c, chat.meta meta
           where c.trainer_id = $1
             and c.client_id = $2"#,
        people.trainer.0,
        people.client.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|found| Found {
        epoch: Epoch(found.epoch),
        id: found.id,
        people,
        head: found.head.cast_unsigned(),
    }))
}

/// Names this copy of the log.
pub async fn epoch(conn: &mut PgConnection) -> Result<Epoch, sqlx::Error> {
    sqlx::query_scalar!("select epoch from chat.meta")
        .fetch_one(conn)
        .await
        .map(Epoch)
}
