//! First contacts: a client writes to a trainer whom nothing joins to them yet.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{ConversationId, UserId, limits};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Opens conversations for strangers, as far as their day's limit goes. The clients' own advisory
/// locks come before any row's, in order, so that two replicas count one after the other.
pub async fn open(
    conn: &mut PgConnection,
    asked: &BTreeSet<ConversationId>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let clients: BTreeSet<UserId> = asked.iter().map(|people| people.client).collect();
    let clients: Vec<Uuid> = clients.into_iter().map(|client| client.0).collect();
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('chat.contact:' || client::text, 0))
         from unnest($1::uuid[]) client",
        &clients,
    )
    .execute(&mut *conn)
    .await?;
    let allowed = allowed(asked, opened_today(conn, &clients, now).await?);
    if allowed.is_empty() {
        return Ok(());
    }
    let (trainers, clients): (Vec<Uuid>, Vec<Uuid>) = allowed
        .iter()
        .map(|people| (people.trainer.0, people.client.0))
        .unzip();
    sqlx::query!(
        "insert into chat.conversation
             (trainer_id, client_id, opened_by_contact_at, access_changed_at, last_activity_at)
         select trainer_id, client_id, $3, $3, $3
         from unnest($1::uuid[], $2::uuid[]) asked(trainer_id, client_id)
         where not exists (
             select from chat.erasure where user_id in (asked.trainer_id, asked.client_id)
         )
         order by trainer_id, client_id
         on conflict (trainer_id, client_id) do nothing",
        &trainers,
        &clients,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many conversations each client opened within a day.
async fn opened_today(
    conn: &mut PgConnection,
    clients: &[Uuid],
    now: OffsetDateTime,
) -> Result<BTreeMap<UserId, i64>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select client_id, count(*) as "opened!"
           from chat.conversation
           where client_id = any($1)
             and opened_by_contact_at > $2
           group by client_id"#,
        clients,
        now - Duration::DAY,
    )
    .fetch_all(conn)
    .await?;
    let counts = rows.into_iter().map(|row| (UserId(row.client_id), row.opened));
    Ok(counts.collect())
}

/// The asked conversations that stay within each client's day.
fn allowed(asked: &BTreeSet<ConversationId>, mut opened: BTreeMap<UserId, i64>) -> Vec<ConversationId> {
    let mut allowed = Vec::new();
    for people in asked {
        let opened = opened.entry(people.client).or_default();
        if *opened < limits::FIRST_CONTACTS_PER_DAY {
            *opened += 1;
            allowed.push(*people);
        }
    }
    allowed
}

/// Numbers new contacts from the counter's locked row: the last lock of a transaction.
pub async fn number(conn: &mut PgConnection, made: &[ConversationId]) -> Result<(), sqlx::Error> {
    let (trainers, clients): (Vec<Uuid>, Vec<Uuid>) = made
        .iter()
        .map(|people| (people.trainer.0, people.client.0))
        .unzip();
    sqlx::query!(
        "with counter as (
             update chat.contact_counter
             set number = number + cardinality($1::uuid[])
             returning number - cardinality($1::uuid[]) as before
         )
         insert into chat.contact (number, trainer_id, client_id)
         select counter.before + made.nth, made.trainer_id, made.client_id
         from counter, unnest($1::uuid[], $2::uuid[]) with ordinality made(trainer_id, client_id, nth)",
        &trainers,
        &clients,
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }

    #[test]
    fn a_client_opens_ten_conversations_a_day() {
        let eager = (1..=12).map(|trainer| ConversationId::new(person(trainer), person(100)));
        let modest = ConversationId::new(person(1), person(200));
        let asked = eager.chain([modest]).collect();

        let allowed = allowed(&asked, BTreeMap::from([(person(100), 4)]));

        let of_eager = allowed.iter().filter(|people| people.client == person(100));
        assert_eq!(of_eager.count(), 6);
        assert!(allowed.contains(&modest));
    }
}
