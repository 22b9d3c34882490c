//! `GET /api/trainer/clients`: people with an active booking with the trainer, and people who have
//! written to them.

use api::{Problem, Query, Trainer};
use axum::{extract::State, response::Response};
use protocol::{UserId, error::Role};
use sqlx::PgPool;

use crate::{
    App, fold,
    listing::{ListQuery, Listing, Row},
};

pub const PATH: &str = "/api/trainer/clients";

pub async fn list(
    Trainer(me): Trainer,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let listing = Listing::parse(query)?;
    let rows = of(&app.pool, me.user, &listing).await?;
    Ok(listing.answer(PATH, Role::User, rows))
}

async fn of(pool: &PgPool, trainer: UserId, listing: &Listing) -> Result<Vec<Row>, crate::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select p.id, p.name, p.email, r.activity_at
        from roster.relation r
        join roster.person p on p.id = r.client_id
        where r.trainer_id = $1
            and (r.active or r.contacted_at is not null)
            and p.role = 'User'
            and p.erased_at is null
            and p.folded like all ($2)
            -- Again, because an index knows nothing of `all`.
            and ($6::text is null or p.folded like $6)
            and (
                $3::timestamptz is null
                or r.activity_at < $3
                or r.activity_at = $3 and r.client_id > $4
            )
        order by r.activity_at desc, r.client_id
        limit $5",
        trainer.0,
        &listing.patterns,
        listing.after.map(|place| place.activity_at),
        listing.after.map(|place| place.id),
        listing.rows(),
        fold::narrowest(&listing.patterns),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows)
}
