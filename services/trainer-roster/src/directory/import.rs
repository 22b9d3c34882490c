//! `POST /api/directory/import`: users and bookings, a JSON object on each line, as many as there are.
//!
//! Each line is a transaction of its own, in order: kept as a whole or not at all. The answer is written
//! while the body is read, a line for each one refused, so that neither is ever held as a whole.

use std::{sync::Arc, time::Duration};

use api::{Platform, Problem, read_json};
use auth::Identity;
use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use protocol::{ErrorCode, UserId, error::Refusal, http::ImportReport};
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{codec::FramedRead, io::StreamReader};
use uuid::Uuid;

use super::{
    Told,
    lines::{Line, Lines},
};
use crate::{
    App,
    audit::{Act, Via},
};

pub const IMPORT: &str = "/api/directory/import";

/// Imports at once in this replica; each keeps a connection of the pool busy.
const AT_ONCE: usize = 2;
/// How often a line is tried while the database is away or contended.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// Who may import at this moment.
#[derive(Clone)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

pub async fn import(Platform(me): Platform, State(app): State<App>, body: Body) -> Result<Response, Problem> {
    let place = app.imports.0.clone().try_acquire_owned();
    let work = Import {
        lines: lines(body),
        count: Count::default(),
        over: false,
        app,
        me,
        _place: place.map_err(|_| ErrorCode::Overloaded)?,
    };
    let report = stream::unfold(work, |mut work| async move {
        let said = work.next().await?;
        let mut line = serde_json::to_vec(&said).ok()?;
        line.push(b'\n');
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(line)), work))
    });
    Ok((
        [(CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(report),
    )
        .into_response())
}

type BodyLines = FramedRead<StreamReader<BoxStream<'static, std::io::Result<Bytes>>, Bytes>, Lines>;

fn lines(body: Body) -> BodyLines {
    let bytes: BodyDataStream = body.into_data_stream();
    let bytes = bytes.map_err(std::io::Error::other).boxed();
    FramedRead::new(StreamReader::new(bytes), Lines::default())
}

struct Import {
    lines: BodyLines,
    count: Count,
    /// The last line of the report was written.
    over: bool,
    app: App,
    me: Identity,
    _place: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Count {
    lines: u64,
    accepted: u64,
    refused: u64,
}

impl Import {
    /// Keeps lines up to the next one that has to be told of.
    async fn next(&mut self) -> Option<ImportReport> {
        if self.over {
            return None;
        }
        while let Some(line) = self.lines.next().await {
            // The body broke off, or stood still for too long: nobody can know what was to come.
            let Ok(line) = line else {
                return Some(self.stop(ErrorCode::BadFrame));
            };
            self.count.lines += 1;
            if matches!(&line, Line::Bytes(bytes) if bytes.trim_ascii().is_empty()) {
                continue;
            }
            match self.take(line).await {
                Ok(()) => self.count.accepted += 1,
                Err(refusal) if refusal.code == ErrorCode::Unavailable => {
                    self.count.lines -= 1;
                    return Some(self.stop(refusal.code));
                }
                Err(refusal) => return Some(self.refuse(refusal)),
            }
        }
        self.over = true;
        Some(ImportReport::Done {
            lines: self.count.lines,
            accepted: self.count.accepted,
            refused: self.count.refused,
        })
    }

    async fn take(&mut self, line: Line) -> Result<(), Refusal> {
        let Line::Bytes(line) = line else {
            return Err(ErrorCode::PayloadTooLarge.into());
        };
        let told = parse(&line)?;
        let mut attempt = 1;
        loop {
            match self.keep(&told).await {
                Err(refusal) if refusal.code == ErrorCode::Unavailable && attempt < ATTEMPTS => {
                    tokio::time::sleep(PAUSE * attempt).await;
                    attempt += 1;
                }
                kept => return kept,
            }
        }
    }

    async fn keep(&mut self, told: &Told) -> Result<(), Refusal> {
        let act = Act {
            actor: Some(self.me.user),
            via: Via::Import,
            at: OffsetDateTime::now_utc(),
        };
        let numbered = told.keep(&self.app.pool, &act).await;
        self.app
            .announce(numbered.map_err(crate::Error::into_refusal)?, act.at);
        Ok(())
    }

    fn refuse(&mut self, refusal: Refusal) -> ImportReport {
        self.count.refused += 1;
        ImportReport::Refused {
            line: self.count.lines,
            message: refusal.code.message().to_owned(),
            code: refusal.code,
            field: refusal.field,
        }
    }

    fn stop(&mut self, code: ErrorCode) -> ImportReport {
        self.over = true;
        ImportReport::Stopped {
            line: self.count.lines + 1,
            message: code.message().to_owned(),
            code,
        }
    }
}

#[derive(Deserialize)]
struct Head {
    r#type: Kind,
    id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    User,
    Booking,
}

/// Reads the kind first and then the rest as its call does, so that a refusal names its field alike.
pub fn parse(line: &[u8]) -> Result<Told, Refusal> {
    let head: Head = read_json(line).map_err(Problem::into_refusal)?;
    match head.r#type {
        Kind::User => Told::user(UserId(head.id), line),
        Kind::Booking => Told::booking(head.id, line),
    }
}
