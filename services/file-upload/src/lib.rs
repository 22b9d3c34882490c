//! Takes images, makes them safe to show, keeps them in a bucket, and serves them by signed links.
//!
//! Reading order: `receive` takes an upload from the network, `inspect` tells what it is, `render`
//! makes its variants in a process of their own, `store` brings them to the bucket and the row to
//! ready, `attach` binds files to messages, `requests` answer people.

mod app;
mod attach;
mod bucket;
mod config;
mod database;
mod files;
mod inspect;
mod metrics;
mod names;
mod places;
mod receive;
pub mod render;
mod requests;
mod routes;
mod store;

use std::{sync::Arc, time::Duration};

use boot::{Lifecycle, Settings};
use bus::Bus;
use links::Links;
use quota::Quota;

use app::Parts;
use bucket::Bucket;
use config::Config;
use metrics::Metrics;
use places::Places;
use render::Renderer;
pub use render::{CHILD_FLAG as RENDER_FLAG, run_child as run_renderer};

/// Receiving over a slow line, waiting for a renderer, rendering and storing; everything else has
/// shorter deadlines of its own.
const LONGEST_UPLOAD: Duration = Duration::from_secs(150);

/// Runs the service until it is told to stop.
pub async fn serve(config: Config, life: Lifecycle) -> Result<(), boot::Error> {
    let url = config.database.url()?;
    if config.migrate {
        return database::migrate(&url).await;
    }
    let pool = database::pool(&url, config.database.database_connections)?;
    database::watch(pool.clone(), &life);
    let bus = Bus::connect(&config.bus, "file-upload", &life).await?;
    let revocations = auth::Revocations::default();
    auth::revocations::follow(
        &bus,
        &revocations,
        Duration::from_secs(config.auth.jwt_max_lifetime_seconds.into()),
        &life,
    );
    let verifier = auth::Verifier::new(&config.auth, revocations, &life).await?;
    attach::answer(&bus, pool.clone(), &life).await?;
    let app = Arc::new(Parts {
        pool,
        bucket: Bucket::new(&config.bucket)?,
        links: Links::new(&config.links)?,
        renderer: Renderer::new(config.render.options()?),
        quota: Quota::new(config.uploads.rate_uploads, &life),
        places: Places::new(usize::try_from(config.render.uploads_at_once)?),
        scratch: config.render.scratch(),
        metrics: Metrics::register(&life.registry)?,
    });
    let public = api::Stack::new(&config.api, verifier, &life)
        .timeout(LONGEST_UPLOAD)
        .wrap(routes::routes(app));
    life.serve(config.boot(), public).await
}
