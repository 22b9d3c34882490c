//! Who has something that was not told: sums for many people in one question.

use protocol::{
    UserId,
    error::Role,
    internal::{HEADS, Head, HeadsReply, HeadsRequest, HeadsSum},
};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    conversations::{self, Line},
    database::{Lease, within},
    failure::Error,
    lookup,
};

/// Of one answer: the last person's may come on top, and as many.
const MOST: usize = HEADS / 2;

/// Compares each person's sums and lists the heads of those that differ.
pub async fn answer(pool: &PgPool, question: &HeadsRequest) -> Result<HeadsReply, Error> {
    within(async {
        let mut lease = Lease::take(pool).await?;
        let mut snapshot = lease.snapshot().await?;
        let epoch = lookup::epoch(&mut snapshot).await?;
        let (mut behind, mut listed) = (Vec::new(), 0);
        for (index, (told, actual)) in question
            .people
            .iter()
            .zip(sums(&mut snapshot, &question.people).await?)
            .enumerate()
        {
            if (told.positions, told.access, told.marks) == actual {
                continue;
            }
            if listed >= MOST {
                // They are asked for again within half a minute, and those who are listed are not behind then.
                break;
            }
            // Of more conversations than an answer holds, those that something was written in lately.
            let most = i64::try_from(HEADS).ok();
            let lines = conversations::lines(&mut snapshot, (told.user, told.role), None, most).await?;
            listed += lines.len();
            let heads: Vec<Head> = lines.iter().map(|line: &Line| line.head(told.user)).collect();
            behind.push((index, heads));
        }
        snapshot.commit().await?;
        lease.keep();
        Ok(HeadsReply { epoch, behind })
    })
    .await
}

/// Positions, access and marks of each person, in the order asked, by one query.
async fn sums(conn: &mut PgConnection, people: &[HeadsSum]) -> Result<Vec<(u64, u64, u64)>, sqlx::Error> {
    let users: Vec<Uuid> = people
        .iter()
        .map(
            |HeadsSum {
                 user: UserId(user), ..
             }| *user,
        )
        .collect();
    let trainers: Vec<bool> = people.iter().map(|person| person.role == Role::Trainer).collect();
    let rows = sqlx::query!(
        r#"select coalesce(case when asked.trainer then as_trainer.positions else as_client.positions end, 0)
                      as "positions!",
                  coalesce(case when asked.trainer then as_trainer.access else as_client.access end, 0)
                      as "access!",
                  coalesce(case when asked.trainer then as_trainer.marks else as_client.marks end, 0)
                      as "marks!"
           from unnest($1::uuid[], $2::bool[]) with ordinality asked(id, trainer, nth)
           left join lateral (
               select sum(head)::bigint as positions, (sum(access_version) + count(*))::bigint as access,
                      sum((
                          select sum(delivered_seq + read_seq)
                          from chat.mark
                          where conversation_id = c.id
                      ))::bigint as marks
               from chat.conversation c
               where asked.trainer and trainer_id = asked.id
           ) as_trainer on true
           left join lateral (
               select sum(head)::bigint as positions, (sum(access_version) + count(*))::bigint as access,
                      sum((
                          select sum(delivered_seq + read_seq)
                          from chat.mark
                          where conversation_id = c.id
                      ))::bigint as marks
               from chat.conversation c
               where not asked.trainer and client_id = asked.id
           ) as_client on true
           order by asked.nth"#,
        &users,
        &trainers,
    )
    .fetch_all(conn)
    .await?;
    let sums = rows.into_iter().map(|row| {
        let (positions, access) = (row.positions.cast_unsigned(), row.access.cast_unsigned());
        (positions, access, row.marks.cast_unsigned())
    });
    Ok(sums.collect())
}
