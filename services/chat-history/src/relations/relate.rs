//! Writes what was heard into the conversations' rows, under their locks, taken in the order of all writers.

use std::collections::BTreeSet;

use protocol::{ConversationId, UserId, error::Role};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::news::Heard;
use crate::changes::{
    read,
    thread::{AccessChange, Conversation},
};

/// Writes what was heard and answers whose right to write changed.
pub async fn write(
    conn: &mut PgConnection,
    heard: &Heard,
    now: OffsetDateTime,
) -> Result<Vec<(ConversationId, AccessChange)>, sqlx::Error> {
    let opens = heard.iter().filter(|(_, news)| news.opens());
    let opened = insert(conn, opens.map(|(people, _)| *people).collect(), now).await?;
    let people: Vec<ConversationId> = heard.keys().copied().collect();
    let mut changed = Vec::new();
    let mut access = Vec::new();
    for mut conversation in read::lock(conn, &people).await? {
        let mut standing = conversation.standing;
        if let Some(news) = heard.get(&conversation.people) {
            news.apply(&mut standing);
        }
        if standing == conversation.standing {
            continue;
        }
        let people = conversation.people;
        let changes = if opened.contains(&people) {
            // Neither had the conversation before: to both it is news that they may write.
            [Role::Trainer, Role::User]
                .map(|role| conversation.access(role, standing))
                .into()
        } else {
            conversation.access_changes(standing)
        };
        conversation.standing = standing;
        changed.push((conversation, !changes.is_empty()));
        access.extend(changes.into_iter().map(|change| (people, change)));
    }
    update(conn, &changed, now).await?;
    Ok(access)
}

/// Answers which were not there before.
async fn insert(
    conn: &mut PgConnection,
    people: Vec<ConversationId>,
    now: OffsetDateTime,
) -> Result<BTreeSet<ConversationId>, sqlx::Error> {
    let (trainers, clients): (Vec<Uuid>, Vec<Uuid>) = people
        .iter()
        .map(|people| (people.trainer.0, people.client.0))
        .unzip();
    let rows = sqlx::query!(
        "insert into chat.conversation (trainer_id, client_id, access_changed_at, last_activity_at)
         select trainer_id, client_id, $3, $3
         from unnest($1::uuid[], $2::uuid[]) related(trainer_id, client_id)
         order by trainer_id, client_id
         on conflict (trainer_id, client_id) do nothing
         returning trainer_id, client_id",
        &trainers,
        &clients,
        now,
    )
    .fetch_all(conn)
    .await?;
    let opened = rows
        .into_iter()
        .map(|row| ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)));
    Ok(opened.collect())
}

async fn update(
    conn: &mut PgConnection,
    changed: &[(Conversation, bool)],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let id: Vec<i64> = changed.iter().map(|(conversation, _)| conversation.id).collect();
    let related: Vec<bool> = changed.iter().map(|(it, _)| it.standing.related).collect();
    let answered: Vec<bool> = changed.iter().map(|(it, _)| it.standing.answered).collect();
    let trainer_blocks: Vec<bool> = changed.iter().map(|(it, _)| it.standing.trainer_blocks).collect();
    let client_blocks: Vec<bool> = changed.iter().map(|(it, _)| it.standing.client_blocks).collect();
    let access_changed: Vec<bool> = changed.iter().map(|(_, changed)| *changed).collect();
    sqlx::query!(
        "update chat.conversation c
         set related = u.related,
             answered = u.answered,
             trainer_blocks = u.trainer_blocks,
             client_blocks = u.client_blocks,
             access_version = c.access_version + u.access_changed::int,
             access_changed_at = case when u.access_changed then $7 else c.access_changed_at end
         from unnest($1::bigint[], $2::bool[], $3::bool[], $4::bool[], $5::bool[], $6::bool[])
             as u(id, related, answered, trainer_blocks, client_blocks, access_changed)
         where c.id = u.id",
        &id,
        &related,
        &answered,
        &trainer_blocks,
        &client_blocks,
        &access_changed,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
