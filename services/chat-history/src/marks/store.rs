//! The statements about marks: raising them, and counting what is left unread.

use std::collections::{BTreeMap, HashMap, HashSet};

use protocol::{ConversationId, Epoch, Seq, UserId, limits, marks::Marks};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::Key;
use crate::lookup;

/// What raising marks made true.
#[derive(Debug)]
pub struct Raised {
    pub epoch: Epoch,
    /// The conversations that there are, of those that were named.
    pub known: HashSet<ConversationId>,
    /// One for each mark that was raised.
    pub receipts: Vec<Receipt>,
}

/// A person's marks in one conversation, and what is left unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub conversation: ConversationId,
    pub user: UserId,
    pub marks: Marks,
    pub unread: u64,
    /// One of the two hides receipts: only the person's own devices are told.
    pub private: bool,
}

/// A conversation that was named, and the newest message in it.
struct Place {
    id: i64,
    end: Seq,
}

/// Raises marks as far as there are messages; none goes back.
pub async fn raise(conn: &mut PgConnection, marks: &BTreeMap<Key, Marks>) -> Result<Raised, sqlx::Error> {
    let mut tx = conn.begin().await?;
    let epoch = lookup::epoch(&mut tx).await?;
    let places = places(&mut tx, marks).await?;
    let wanted = wanted(marks, &places);
    let people = places.iter().map(|(people, place)| (place.id, *people)).collect();
    let mut receipts = upsert(&mut tx, &wanted, &people).await?;
    if !receipts.is_empty() {
        let counted = unread(&mut tx, &receipts, &places).await?;
        for (receipt, (unread, private)) in receipts.iter_mut().zip(counted) {
            receipt.unread = unread;
            receipt.private = private;
        }
    }
    tx.commit().await?;
    Ok(Raised {
        epoch,
        known: places.into_keys().collect(),
        receipts,
    })
}

async fn places(
    conn: &mut PgConnection,
    marks: &BTreeMap<Key, Marks>,
) -> Result<HashMap<ConversationId, Place>, sqlx::Error> {
    let mut people: Vec<ConversationId> = marks.keys().map(|(people, _)| *people).collect();
    people.dedup();
    let (trainers, clients): (Vec<Uuid>, Vec<Uuid>) = people
        .iter()
        .map(|people| (people.trainer.0, people.client.0))
        .unzip();
    let rows = sqlx::query!(
        r#"select c.id, c.trainer_id as "trainer_id!", c.client_id as "client_id!", coalesce(last.seq, 0) as "end!"
           from unnest($1::uuid[], $2::uuid[]) wanted(trainer_id, client_id)
           join chat.conversation c using (trainer_id, client_id)
           left join lateral (
               select seq
               from chat.message
               where conversation_id = c.id
               order by seq desc
               limit 1
           ) last on true"#,
        &trainers,
        &clients,
    )
    .fetch_all(conn)
    .await?;
    let places = rows.into_iter().map(|row| {
        let people = ConversationId::new(UserId(row.trainer_id), UserId(row.client_id));
        let end = row.end.cast_unsigned();
        (people, Place { id: row.id, end })
    });
    Ok(places.collect())
}

/// The marks as they may stand, in the order in which every replica locks their rows.
fn wanted(
    marks: &BTreeMap<Key, Marks>,
    places: &HashMap<ConversationId, Place>,
) -> BTreeMap<(i64, UserId), Marks> {
    let wanted = marks.iter().filter_map(|((people, user), marks)| {
        let place = places.get(people)?;
        let marks = marks.within(place.end);
        (marks.delivered() > 0).then_some(((place.id, *user), marks))
    });
    wanted.collect()
}

/// Answers the marks that were raised, as they stand, without their counts.
async fn upsert(
    conn: &mut PgConnection,
    wanted: &BTreeMap<(i64, UserId), Marks>,
    people: &HashMap<i64, ConversationId>,
) -> Result<Vec<Receipt>, sqlx::Error> {
    let conversations: Vec<i64> = wanted.keys().map(|(id, _)| *id).collect();
    let users: Vec<Uuid> = wanted.keys().map(|(_, user)| user.0).collect();
    let delivered: Vec<i64> = wanted
        .values()
        .map(|marks| marks.delivered().cast_signed())
        .collect();
    let read: Vec<i64> = wanted.values().map(|marks| marks.read().cast_signed()).collect();
    let rows = sqlx::query!(
        r#"insert into chat.mark as m (conversation_id, user_id, delivered_seq, read_seq)
           select *
           from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bigint[])
           on conflict (conversation_id, user_id) do update
           set delivered_seq = greatest(m.delivered_seq, excluded.delivered_seq),
               read_seq = greatest(m.read_seq, excluded.read_seq),
               changed_at = excluded.changed_at
           where excluded.delivered_seq > m.delivered_seq
              or excluded.read_seq > m.read_seq
           returning conversation_id, user_id, delivered_seq, read_seq"#,
        &conversations,
        &users,
        &delivered,
        &read,
    )
    .fetch_all(conn)
    .await?;
    let receipts = rows.into_iter().filter_map(|row| {
        Some(Receipt {
            conversation: *people.get(&row.conversation_id)?,
            user: UserId(row.user_id),
            marks: Marks::new(row.delivered_seq.cast_unsigned(), row.read_seq.cast_unsigned()),
            unread: 0,
            private: false,
        })
    });
    Ok(receipts.collect())
}

/// Counts what each person has not read of the other's: never stored, so it is always a recount. And whether
/// one of the two hides receipts.
async fn unread(
    conn: &mut PgConnection,
    receipts: &[Receipt],
    places: &HashMap<ConversationId, Place>,
) -> Result<Vec<(u64, bool)>, sqlx::Error> {
    let id = |receipt: &Receipt| places.get(&receipt.conversation).map_or(0, |place| place.id);
    let conversations: Vec<i64> = receipts.iter().map(id).collect();
    let peers: Vec<Uuid> = receipts
        .iter()
        .map(|receipt| receipt.conversation.peer_of(receipt.user).0)
        .collect();
    let read: Vec<i64> = receipts
        .iter()
        .map(|receipt| receipt.marks.read().cast_signed())
        .collect();
    let users: Vec<Uuid> = receipts.iter().map(|receipt| receipt.user.0).collect();
    let counts = sqlx::query!(
        r#"select unread.count as "count!",
                  exists (
                      select from chat.hides_receipts where user_id in (asked.peer, asked.me)
                  ) as "private!"
           from unnest($1::bigint[], $2::uuid[], $3::bigint[], $5::uuid[])
               with ordinality asked(id, peer, read, me, nth)
           cross join lateral (
               select count(*)
               from (
                   select
                   from chat.message
                   where conversation_id = asked.id
                     and sender = asked.peer
                     and seq > asked.read
                     and deleted_at is null
                   limit $4
               ) unread
           ) unread
           order by asked.nth"#,
        &conversations,
        &peers,
        &read,
        limits::UNREAD.cast_signed(),
        &users,
    )
    .fetch_all(conn)
    .await?;
    let counts = counts
        .into_iter()
        .map(|row| (row.count.cast_unsigned(), row.private));
    Ok(counts.collect())
}

/// Which of these conversations of `user` had a mark raised in the last `seconds` that the person may see.
pub async fn lately(
    conn: &mut PgConnection,
    conversations: &[i64],
    user: UserId,
    seconds: f64,
) -> Result<HashSet<i64>, sqlx::Error> {
    let raised = sqlx::query_scalar!(
        "select conversation_id
         from chat.mark m
         where conversation_id = any($1)
           and changed_at > now() - make_interval(secs => $2)
           and (user_id = $3 or not exists (
                   select from chat.hides_receipts h where h.user_id in (m.user_id, $3)
               ))",
        conversations,
        seconds,
        user.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(raised.into_iter().collect())
}
