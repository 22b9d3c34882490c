//! The numbered list of clients who wrote to a trainer for the first time.

use protocol::{
    UserId,
    internal::{ContactMade, PullRequest, Pulled},
};
use sqlx::PgPool;

use crate::{database::within, failure::Error};

const MOST: u32 = 1_000;

/// What follows `after`. Numbers come from a locked row, so what is visible has no gaps.
pub async fn pull(pool: &PgPool, question: PullRequest) -> Result<Pulled<ContactMade>, Error> {
    let limit = question.limit.clamp(1, MOST);
    let query = sqlx::query!(
        "select number, trainer_id, client_id
         from chat.contact
         where number > $1
         order by number
         limit $2",
        question.after,
        i64::from(limit) + 1,
    );
    let rows = within(query.fetch_all(pool)).await?;
    let more = rows.len() > limit as usize;
    let made = rows.into_iter().take(limit as usize).map(|row| {
        let (trainer, client) = (UserId(row.trainer_id), UserId(row.client_id));
        (row.number, ContactMade { trainer, client })
    });
    let items: Vec<_> = made.collect();
    let to = items.last().map_or(question.after, |(number, _)| *number);
    Ok(Pulled { items, to, more })
}
