//! `GET /api/files/{id}`: how an own upload is doing.

use api::{Json, Path, Person, Problem};
use axum::extract::State;
use protocol::{ErrorCode, FileId, http::FileStatus};

use crate::{app::App, database, files, requests::upload};

pub async fn status(
    State(app): State<App>,
    Person(me): Person,
    Path(id): Path<FileId>,
) -> Result<Json<FileStatus>, Problem> {
    let found = database::ask(files::of_uploader(&app.pool, id, me.user))
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(Json(match found {
        files::State::Processing => FileStatus::Processing { id },
        files::State::Rejected(code) => FileStatus::Rejected { id, code },
        files::State::Ready(file) => FileStatus::Ready(upload::uploaded(&app, id, file)),
    }))
}
