//! From an upload on disk to what is stored of it: files named after their variants, beside it.

use protocol::{ErrorCode, file::Variant};
use tracing::error;

use crate::{
    app::Parts,
    contain,
    files::Ready,
    inspect::{Kind, document},
    receive::Received,
    render::{self, SOURCE},
};

/// What is known of the file when its variants are on disk.
pub async fn make(app: &Parts, received: &Received) -> Result<Ready, ErrorCode> {
    let scratch = received.scratch.path();
    let mut file = match received.kind {
        Kind::Image(_) => {
            let timer = app.metrics.render_seconds.start_timer();
            let rendered = app.renderer.render(scratch).await;
            timer.observe_duration();
            picture(rendered.map_err(|cause| code(&cause))?)
        }
        Kind::Voice(container) => {
            let timer = app.metrics.voice_seconds.start_timer();
            let encoded = app.studio.encode(scratch, container).await;
            timer.observe_duration();
            encoded.map_err(|cause| code(&cause))?
        }
        Kind::Document => document(received)?,
    };
    let full = scratch.join(Variant::Full.as_str());
    let stored = tokio::fs::metadata(&full).await.map_err(|cause| lost(&cause))?;
    file.size = stored.len();
    Ok(file)
}

fn picture(report: render::Report) -> Ready {
    Ready {
        content_type: report.content_type,
        width: Some(report.width),
        height: Some(report.height),
        placeholder: Some(report.placeholder),
        ..Ready::default()
    }
}

/// A document is stored as it was sent: it is only ever handed out as a download.
fn document(received: &Received) -> Result<Ready, ErrorCode> {
    let source = received.scratch.path().join(SOURCE);
    if !document::has_end(&source).map_err(|cause| lost(&cause))? {
        return Err(ErrorCode::UploadRejected);
    }
    let full = received.scratch.path().join(Variant::Full.as_str());
    std::fs::rename(source, full).map_err(|cause| lost(&cause))?;
    Ok(Ready {
        content_type: document::CONTENT_TYPE.to_owned(),
        ..Ready::default()
    })
}

/// What the uploader is told when a child did not do its part.
fn code(cause: &contain::Error) -> ErrorCode {
    match cause {
        contain::Error::Rejected => ErrorCode::UploadRejected,
        contain::Error::Busy => ErrorCode::Overloaded,
        contain::Error::Start(_) | contain::Error::Broken(_) | contain::Error::Garbled(_) => {
            error!(
                error = cause as &dyn std::error::Error,
                "Could not work on an upload"
            );
            ErrorCode::Internal
        }
    }
}

/// A file on our own disk is not there or cannot be read.
fn lost(cause: &std::io::Error) -> ErrorCode {
    error!(
        error = cause as &dyn std::error::Error,
        "Could not read an upload from disk"
    );
    ErrorCode::Unavailable
}
