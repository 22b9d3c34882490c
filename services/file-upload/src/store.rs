//! An upload's way from disk to ready: a row, the rendering, the bucket, and only then the row's
//! `ready`. Whatever ends it in between leaves a row in `processing`, which is never shown and
//! tells what to sweep.

use futures_util::future::try_join_all;
use protocol::{ErrorCode, FileId, UserId, error::Refusal};
use time::OffsetDateTime;
use tracing::{error, warn};
use uuid::Uuid;

use crate::{
    app::Parts,
    bucket, database,
    files::{self, Image},
    receive::Received,
    render,
};

/// Returns the id of a file that is ready.
pub async fn store(app: &Parts, uploader: UserId, received: &Received) -> Result<(FileId, Image), Refusal> {
    let id = FileId(Uuid::now_v7());
    let now = OffsetDateTime::now_utc();
    database::ask(files::begin(
        &app.pool,
        id,
        uploader,
        received.name.as_deref(),
        now,
    ))
    .await?;
    let report = match render(app, received).await {
        Ok(report) => report,
        Err(code) => {
            database::ask(files::reject(&app.pool, id, code)).await?;
            return Err(code.into());
        }
    };
    let image = put(app, id, received, report)
        .await
        .map_err(|cause| store_refusal(&cause))?;
    if !database::ask(files::make_ready(&app.pool, id, &image)).await? {
        return Err(ErrorCode::Unavailable.into());
    }
    Ok((id, image))
}

async fn render(app: &Parts, received: &Received) -> Result<render::Report, ErrorCode> {
    let timer = app.metrics.render_seconds.start_timer();
    let rendered = app.renderer.render(received.scratch.path()).await;
    timer.observe_duration();
    rendered.map_err(|cause| match cause {
        render::Error::Rejected => ErrorCode::UploadRejected,
        render::Error::Busy => ErrorCode::Overloaded,
        render::Error::Start(_) | render::Error::Broken(_) => {
            error!(error = &cause as &dyn std::error::Error, "Could not render");
            ErrorCode::Internal
        }
    })
}

/// Stores all variants, side by side.
async fn put(
    app: &Parts,
    id: FileId,
    received: &Received,
    report: render::Report,
) -> Result<Image, bucket::Error> {
    let full = received.scratch.path().join(render::SIDES[0].0.as_str());
    let size = tokio::fs::metadata(&full)
        .await
        .map_err(bucket::Error::Read)?
        .len();
    try_join_all(render::SIDES.map(|(variant, _)| {
        let path = received.scratch.path().join(variant.as_str());
        let content_type = &report.content_type;
        async move { app.bucket.put(id, variant, content_type, &path).await }
    }))
    .await?;
    Ok(Image::new(report, size))
}

/// What the caller is told when the bucket did not do its part.
pub fn store_refusal(cause: &bucket::Error) -> Refusal {
    if matches!(cause, bucket::Error::Absent) {
        return ErrorCode::NotFound.into();
    }
    warn!(
        error = cause as &dyn std::error::Error,
        "The object store is not available"
    );
    ErrorCode::Unavailable.into()
}
