//! An upload's way from disk to ready: a row, what is made of it, the bucket, and only then the
//! row's `ready`. Whatever ends it in between leaves a row in `processing`, which is never shown
//! and tells what to sweep.

use futures_util::future::try_join_all;
use protocol::{ErrorCode, FileId, UserId, error::Refusal};
use time::OffsetDateTime;
use tracing::warn;
use uuid::Uuid;

use crate::{
    app::Parts,
    bucket, daily, database,
    files::{self, Ready},
    inspect::document,
    make,
    receive::Received,
};

/// Notes an upload before any of its bytes are in the bucket.
pub async fn begin(app: &Parts, uploader: UserId, received: &Received) -> Result<FileId, Refusal> {
    let id = FileId(Uuid::now_v7());
    let now = OffsetDateTime::now_utc();
    if database::ask(note(app, id, uploader, received, now)).await? {
        Ok(id)
    } else {
        Err(daily::full(now))
    }
}

/// Takes the file's part of the day and writes its row, both or neither. False when the day is full.
async fn note(
    app: &Parts,
    id: FileId,
    uploader: UserId,
    received: &Received,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let mut tx = app.pool.begin().await?;
    if !app.daily.take(&mut tx, uploader, received.size, now).await? {
        return Ok(false);
    }
    files::begin(&mut tx, id, uploader, received.name.as_deref(), now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Brings an upload to ready, or to rejected with the code that its uploader is told.
pub async fn finish(app: &Parts, id: FileId, received: &Received) -> Result<Ready, ErrorCode> {
    let outcome = work(app, id, received).await;
    if let Err(code) = outcome {
        // What fails here too is found by the sweep.
        let _ = database::ask(files::reject(&app.pool, id, code, OffsetDateTime::now_utc())).await;
    }
    outcome
}

async fn work(app: &Parts, id: FileId, received: &Received) -> Result<Ready, ErrorCode> {
    let file = make::make(app, received).await?;
    put(app, id, received, &file)
        .await
        .map_err(|cause| store_refusal(&cause).code)?;
    let made = database::ask(files::make_ready(&app.pool, id, &file)).await;
    if made.map_err(|refusal| refusal.code)? {
        Ok(file)
    } else {
        Err(ErrorCode::Unavailable)
    }
}

/// Stores all variants, side by side.
async fn put(app: &Parts, id: FileId, received: &Received, file: &Ready) -> Result<(), bucket::Error> {
    let each = file.variants().iter().map(|variant| {
        let object = bucket::Object {
            key: (id, *variant),
            content_type: &file.content_type,
            name: (file.content_type == document::CONTENT_TYPE)
                .then_some(received.name.as_deref())
                .flatten(),
            path: received.scratch.path().join(variant.as_str()),
        };
        async move { app.bucket.put(object).await }
    });
    try_join_all(each).await.map(|_| ())
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
