//! `POST /api/files/upload`.

use std::time::Duration;

use api::{Json, Person, Problem};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use protocol::{
    ErrorCode, FileId, UserId,
    error::Refusal,
    file::Variant,
    http::{FileStatus, Uploaded},
};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    app::{App, Parts},
    files::{self, Ready},
    receive, store,
};

/// What an upload is answered: what is known of the file, or that it is still in work.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    Ready(Uploaded),
    InWork(FileStatus),
}

/// An upload in work ends with its code, or with what is known of the file.
type Work = JoinHandle<Result<Ready, ErrorCode>>;

pub async fn upload(
    State(app): State<App>,
    Person(me): Person,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let begun = begin(&app, me.user, &headers, body).await;
    let (id, work) = begun.inspect_err(|refusal| app.metrics.count(Err(refusal.code)))?;
    let answer = match timeout(app.answer_within, work).await {
        Ok(Ok(outcome)) => Answer::Ready(uploaded(&app, id, outcome?)),
        // It panicked, which its task has logged.
        Ok(Err(_)) => return Err(ErrorCode::Internal.into()),
        Err(_) => Answer::InWork(FileStatus::Processing { id }),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Receives an upload and starts to work on it, as a task of its own: the work goes on when its
/// uploader goes away, or is answered before it is done.
async fn begin(app: &App, me: UserId, headers: &HeaderMap, body: Body) -> Result<(FileId, Work), Refusal> {
    app.quota.check(&me).map_err(rate_limited)?;
    let place = app.places.take(me)?;
    app.daily.check(&app.pool, me, OffsetDateTime::now_utc()).await?;
    let received = receive::receive(headers, body, &app.scratch).await?;
    let id = store::begin(app, me, &received).await?;
    let (parts, life) = (app.clone(), app.life.clone());
    let work = app.life.tasks.spawn("upload", async move {
        let _drain = life.tasks.drain_guard();
        let _place = place;
        let outcome = life
            .hard
            .run_until_cancelled(store::finish(&parts, id, &received))
            .await
            .unwrap_or(Err(ErrorCode::Unavailable));
        parts
            .metrics
            .count(outcome.as_ref().map(|_| ()).map_err(|code| *code));
        outcome
    });
    Ok((id, work))
}

fn rate_limited(wait: Duration) -> Refusal {
    Refusal {
        retry_after_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1)),
        ..ErrorCode::RateLimited.into()
    }
}

/// A ready file as its uploader sees it, with links of this hour.
pub fn uploaded(app: &Parts, id: FileId, file: Ready) -> Uploaded {
    let now = OffsetDateTime::now_utc();
    let thumbnail = files::is_image(&file.content_type);
    Uploaded {
        url: app.links.sign(id, Variant::Full, now),
        id,
        content_type: file.content_type,
        size: file.size,
        width: file.width,
        height: file.height,
        thumbnail_url: thumbnail.then(|| app.links.sign(id, Variant::Thumb, now)),
        placeholder: file.placeholder,
        duration_ms: file.duration_ms.map(u64::from),
        waveform: file.waveform,
    }
}
