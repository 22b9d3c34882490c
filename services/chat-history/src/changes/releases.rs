//! Numbers the deletions of messages that carried files: file-upload pulls them and lets the files go.

use protocol::{ConversationId, MessageId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Numbers deleted messages from the counter's locked row. After `contacts::number`, in every
/// transaction alike: the last lock.
pub async fn number(
    conn: &mut PgConnection,
    released: &[(ConversationId, MessageId)],
) -> Result<(), sqlx::Error> {
    let trainers: Vec<Uuid> = released.iter().map(|(people, _)| people.trainer.0).collect();
    let clients: Vec<Uuid> = released.iter().map(|(people, _)| people.client.0).collect();
    let messages: Vec<Uuid> = released.iter().map(|(_, message)| message.uuid()).collect();
    sqlx::query!(
        "with counter as (
             update chat.release_counter
             set number = number + cardinality($1::uuid[])
             returning number - cardinality($1::uuid[]) as before
         )
         insert into chat.release (number, trainer_id, client_id, message_id)
         select counter.before + released.nth, released.trainer_id, released.client_id, released.message_id
         from counter,
              unnest($1::uuid[], $2::uuid[], $3::uuid[])
                  with ordinality released(trainer_id, client_id, message_id, nth)",
        &trainers,
        &clients,
        &messages,
    )
    .execute(conn)
    .await?;
    Ok(())
}
