//! `GET /api/files/{id}`: how an own upload is doing.

use api::{Json, Path, Person, Problem};
use axum::extract::State;
use protocol::{ErrorCode, FileId, http::Uploaded};
use serde::Serialize;

use crate::{app::App, database, files, requests::upload};

#[derive(Debug, Serialize)]
pub struct Status {
    id: FileId,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(flatten)]
    ready: Option<Ready>,
}

/// [`Uploaded`] without the id, which every state has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    url: String,
    content_type: String,
    size: u64,
    width: Option<u32>,
    height: Option<u32>,
    thumbnail_url: Option<String>,
    placeholder: Option<String>,
}

pub async fn status(
    State(app): State<App>,
    Person(me): Person,
    Path(id): Path<FileId>,
) -> Result<Json<Status>, Problem> {
    let found = database::ask(files::of_uploader(&app.pool, id, me.user))
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let (state, code, ready) = match found {
        files::State::Processing => ("processing", None, None),
        files::State::Rejected(code) => ("rejected", Some(code), None),
        files::State::Ready(image) => ("ready", None, Some(upload::uploaded(&app, id, image).into())),
    };
    Ok(Json(Status {
        id,
        state,
        code,
        ready,
    }))
}

impl From<Uploaded> for Ready {
    fn from(file: Uploaded) -> Self {
        Self {
            url: file.url,
            content_type: file.content_type,
            size: file.size,
            width: file.width,
            height: file.height,
            thumbnail_url: file.thumbnail_url,
            placeholder: file.placeholder,
        }
    }
}
