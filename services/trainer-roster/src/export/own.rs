//! What this service itself knows of a person: pages of finished JSON, keyed by the last row's id.

use protocol::{UserId, error::Role};
use sqlx::PgPool;
use uuid::Uuid;

const ROWS: i64 = 500;

/// A row's id and its JSON.
pub struct Line {
    pub id: Uuid,
    pub json: String,
}

/// Name and address, settings, and when last connected; `None` for somebody the directory does not know.
pub async fn profile(pool: &PgPool, me: UserId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select json_build_object(
                'id', p.id, 'name', p.name, 'email', p.email, 'role', p.role,
                'settings', json_build_object(
                    'presence', coalesce(s.presence, true), 'receipts', coalesce(s.receipts, true)
                ),
                'lastSeenAt', seen.seen_at
            )::text as "json!"
        from roster.person p
        left join roster.setting s on s.user_id = p.id
        left join roster.seen seen on seen.user_id = p.id
        where p.id = $1 and p.erased_at is null"#,
        me.0,
    )
    .fetch_optional(pool)
    .await
}

pub async fn bookings(pool: &PgPool, me: UserId, after: Option<Uuid>) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select id, json_build_object(
                'id', id, 'trainerId', trainer_id, 'clientId', client_id, 'status', status,
                'startsAt', starts_at, 'endsAt', ends_at
            )::text as "json!"
        from roster.booking
        where (trainer_id = $1 or client_id = $1)
            and ($2::uuid is null or id > $2)
        order by id
        limit $3"#,
        me.0,
        after,
        ROWS,
    )
    .fetch_all(pool)
    .await
}

/// With whom the person has to do, and whom the person blocks. Who blocks the person is the other's.
pub async fn contacts(
    pool: &PgPool,
    (me, role): (UserId, Role),
    after: Option<Uuid>,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"select r.peer_id as "id!", json_build_object(
                'userId', r.peer_id, 'active', r.active, 'contactedAt', r.contacted_at,
                'activityAt', r.activity_at, 'blockedAt', b.blocked_at
            )::text as "json!"
        from (
            select *, case when $2 = 'Trainer' then client_id else trainer_id end as peer_id
            from roster.relation
            where case when $2 = 'Trainer' then trainer_id else client_id end = $1
        ) r
        left join roster.block b on b.trainer_id = r.trainer_id
            and b.client_id = r.client_id
            and b.blocked_by = $2
        where $3::uuid is null or r.peer_id > $3
        order by r.peer_id
        limit $4"#,
        me.0,
        role.as_str(),
        after,
        ROWS,
    )
    .fetch_all(pool)
    .await
}

/// What was written down of the person, by number.
pub async fn activity(pool: &PgPool, me: UserId, after: i64) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, json_build_object('at', at, 'action', action, 'bookingId', booking_id)::text as "json!"
        from roster.audit
        where (person_id = $1 or other_id = $1)
            and id > $2
        order by id
        limit $3"#,
        me.0,
        after,
        ROWS,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.json)).collect())
}
