//! `GET /api/people?id=…`: the names of people one shares a conversation with, and for a client of any
//! trainer. Others are left out, whether they exist or not.

use api::{Json, Person, Problem, Query};
use axum::extract::State;
use protocol::{
    UserId,
    error::Role,
    http::{List, Person as Named},
    limits,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{App, Error};

pub const PATH: &str = "/api/people";

pub async fn list(
    Person(me): Person,
    State(app): State<App>,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Json<List<Named>>, Problem> {
    let ids = parse(&query)?;
    let data = match me.role {
        Role::Trainer => known_to_trainer(&app.pool, me.user, &ids).await?,
        Role::User => known_to_client(&app.pool, me.user, &ids).await?,
        Role::Platform => Vec::new(),
    };
    Ok(Json(List { data }))
}

/// Reads each `id` of the query; repeated ones are asked once.
fn parse(query: &[(String, String)]) -> Result<Vec<Uuid>, Error> {
    let mut ids: Vec<Uuid> = Vec::new();
    let asked = query.iter().filter(|(key, _)| key == "id");
    for (place, (_, raw)) in asked.enumerate() {
        let id: UserId = raw.parse().map_err(|_| Error::field("id"))?;
        if place >= limits::IDS {
            return Err(Error::field("id"));
        }
        if !ids.contains(&id.0) {
            ids.push(id.0);
        }
    }
    Ok(ids)
}

/// In the order asked.
async fn known_to_trainer(pool: &PgPool, trainer: UserId, ids: &[Uuid]) -> Result<Vec<Named>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select p.id, p.name, p.role
        from unnest($2::uuid[]) with ordinality as asked (id, place)
        join roster.person p on p.id = asked.id
        join roster.relation r on r.trainer_id = $1 and r.client_id = p.id
        where (r.booked or r.contacted_at is not null)
            and p.erased_at is null
        order by asked.place",
        trainer.0,
        ids,
    )
    .fetch_all(pool)
    .await?;
    named(rows)
}

/// In the order asked.
async fn known_to_client(pool: &PgPool, client: UserId, ids: &[Uuid]) -> Result<Vec<Named>, Error> {
    let rows = sqlx::query_as!(
        Row,
        "select p.id, p.name, p.role
        from unnest($2::uuid[]) with ordinality as asked (id, place)
        join roster.person p on p.id = asked.id
        left join roster.relation r on r.trainer_id = p.id and r.client_id = $1
        where (p.role = 'Trainer' or r.booked or r.contacted_at is not null)
            and p.erased_at is null
        order by asked.place",
        client.0,
        ids,
    )
    .fetch_all(pool)
    .await?;
    named(rows)
}

struct Row {
    id: Uuid,
    name: String,
    role: String,
}

fn named(rows: Vec<Row>) -> Result<Vec<Named>, Error> {
    rows.into_iter()
        .map(|row| {
            Ok(Named {
                user_id: UserId(row.id),
                name: row.name,
                role: row.role.parse().map_err(|_| {
                    sqlx::Error::Decode(format!("roster.person {} has an unknown role", row.id).into())
                })?,
            })
        })
        .collect()
}
