//! `POST /api/files/upload`.

use api::{Json, Person, Problem};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use protocol::{ErrorCode, FileId, UserId, error::Refusal, file::Variant, http::Uploaded};
use time::OffsetDateTime;

use crate::{
    app::{App, Parts},
    files::Image,
    receive, store,
};

pub async fn upload(
    State(app): State<App>,
    Person(me): Person,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Uploaded>), Problem> {
    let outcome = accept(&app, me.user, &headers, body).await;
    let label = outcome
        .as_ref()
        .map_or_else(|refusal| refusal.code.to_string(), |_| "ready".to_owned());
    app.metrics.uploads.with_label_values(&[label]).inc();
    Ok((StatusCode::CREATED, Json(outcome?)))
}

async fn accept(app: &Parts, me: UserId, headers: &HeaderMap, body: Body) -> Result<Uploaded, Refusal> {
    app.quota.check(&me).map_err(|wait| Refusal {
        retry_after_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1)),
        ..ErrorCode::RateLimited.into()
    })?;
    let _place = app.places.take(me)?;
    let received = receive::receive(headers, body, &app.scratch).await?;
    let (id, image) = store::store(app, me, &received).await?;
    Ok(uploaded(app, id, image))
}

/// A ready file as its uploader sees it, with links of this hour.
pub fn uploaded(app: &Parts, id: FileId, image: Image) -> Uploaded {
    let now = OffsetDateTime::now_utc();
    Uploaded {
        url: app.links.sign(id, Variant::Full, now),
        id,
        content_type: image.content_type,
        size: image.size,
        width: Some(image.width),
        height: Some(image.height),
        thumbnail_url: Some(app.links.sign(id, Variant::Thumb, now)),
        placeholder: Some(image.placeholder),
    }
}
