//! `GET /api/me/export`: everything of a person in one archive, made while it is sent.
//!
//! Each service is asked for its part page by page, and each page is written before the next is asked for:
//! memory is a page and a piece of a file, however much there is. An archive that cannot be finished ends
//! in a broken connection, never in one that looks whole.

mod archive;
mod own;
mod source;

use std::{io, sync::Arc, time::Duration};

use api::{Person, Problem};
use auth::Identity;
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use boot::{Lifecycle, Tasks};
use bus::Bus;
use futures_util::stream;
use protocol::ErrorCode;
use sqlx::PgPool;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tracing::warn;

use crate::{
    App, Error,
    audit::{self, About, Act, Action},
};
use source::Source;

pub const PATH: &str = "/api/me/export";

/// Archives in the making, in this replica.
const AT_ONCE: usize = 4;
/// The longest an archive takes, over whatever line.
const DEADLINE: Duration = Duration::from_mins(30);
/// How long the last word to a person who does not read may take.
const LAST_WORD: Duration = Duration::from_mins(1);
/// Pieces on their way to the person.
const QUEUE: usize = 4;

/// What making an archive needs.
#[derive(Clone)]
pub struct Desk {
    pool: PgPool,
    bus: Bus,
    tasks: Tasks,
    places: Arc<Semaphore>,
}

impl Desk {
    pub fn new(pool: &PgPool, bus: &Bus, life: &Lifecycle) -> Self {
        Self {
            pool: pool.clone(),
            bus: bus.clone(),
            tasks: life.tasks.clone(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

pub async fn export(Person(me): Person, State(app): State<App>) -> Result<Response, Problem> {
    let desk = app.exports;
    let place = desk.places.clone().try_acquire_owned();
    let place = place.map_err(|_| ErrorCode::Overloaded)?;
    let source = Source {
        pool: desk.pool,
        bus: desk.bus,
        me: me.clone(),
    };
    // Whoever is away is found out while a refusal can still be sent.
    source.is_there().await?;
    note(&source.pool, &me).await?;
    let (pieces, sent) = mpsc::channel(QUEUE);
    desk.tasks.spawn("export", make(source, pieces, place));
    let body = stream::unfold(sent, |mut sent| async move { Some((sent.recv().await?, sent)) });
    let headers = [
        (CONTENT_TYPE, "application/zip"),
        (CONTENT_DISPOSITION, "attachment; filename=\"spotter.zip\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

async fn note(pool: &PgPool, me: &Identity) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    let about = About::person(me.user);
    audit::record(&mut tx, &Act::of(me.user), Action::Exported, about).await?;
    tx.commit().await?;
    Ok(())
}

async fn make(source: Source, pieces: mpsc::Sender<io::Result<Bytes>>, _place: OwnedSemaphorePermit) {
    let made = timeout(DEADLINE, archive::write(&source, &pieces)).await;
    let failed = match made {
        Ok(Ok(())) => return,
        // Nobody listens any more.
        Ok(Err(_)) if pieces.is_closed() => return,
        Ok(Err(error)) => error,
        Err(_) => "it took too long".into(),
    };
    warn!(
        error = &*failed as &dyn std::error::Error,
        "Could not finish an archive"
    );
    let broken = Err(io::Error::other("the archive is not whole"));
    // The person may be gone, or not reading: then nobody is told.
    let _ = timeout(LAST_WORD, pieces.send(broken)).await;
}
