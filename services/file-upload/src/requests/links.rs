//! `POST /api/files/links`: fresh links for a thread that was kept by the client.

use api::{Json, Person, Problem};
use axum::extract::State;
use protocol::{
    ErrorCode, FileId,
    file::Variant,
    http::{FileLinks, LinksRequest, List},
    limits,
};
use time::OffsetDateTime;

use crate::{app::App, database, files};

/// Files that are absent, unfinished or not this person's to see are left out.
pub async fn links(
    State(app): State<App>,
    Person(me): Person,
    Json(asked): Json<LinksRequest>,
) -> Result<Json<List<FileLinks>>, Problem> {
    let ids = parse(&asked.ids).ok_or_else(|| Problem::field(ErrorCode::InvalidField, "ids"))?;
    let readable = database::ask(files::readable(&app.pool, &ids, me.user)).await?;
    let now = OffsetDateTime::now_utc();
    let data = readable
        .into_iter()
        .map(|(id, content_type)| FileLinks {
            id,
            url: app.links.sign(id, Variant::Full, now),
            thumbnail_url: files::is_image(&content_type).then(|| app.links.sign(id, Variant::Thumb, now)),
        })
        .collect();
    Ok(Json(List { data }))
}

fn parse(ids: &[String]) -> Option<Vec<FileId>> {
    if ids.len() > limits::IDS {
        return None;
    }
    ids.iter().map(|id| id.parse().ok()).collect()
}
