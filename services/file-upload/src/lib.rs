//! Takes images, voice messages and documents, makes them safe to show, keeps them in a bucket, serves
//! them by signed links, and lets them go.
//!
//! Reading order: `receive` takes an upload from the network, `inspect` tells what it is, `make` makes
//! of it what is stored (images by `render` and voices by `voice`, in children that `contain` bounds),
//! `store` brings it to the bucket and the row to ready, `attach` binds files to messages, `requests` answer people, `sweep`
//! lets files go, `erase` those of an erased person.

mod app;
mod attach;
pub mod bucket;
mod config;
pub mod contain;
mod daily;
mod database;
mod erase;
mod export;
pub mod files;
pub mod inspect;
mod make;
mod metrics;
mod names;
#[doc(hidden)]
pub mod outside;
mod places;
mod receive;
pub mod render;
mod requests;
mod routes;
mod store;
mod sweep;
pub mod voice;

use std::{sync::Arc, time::Duration};

use boot::{Lifecycle, Settings};
use bus::Bus;
use links::Links;
use quota::Quota;

use app::Parts;
use bucket::Bucket;
use config::Config;
use contain::Pen;
pub use contain::limiter::{FLAG as CONTAIN_FLAG, run as run_contained};
use daily::Allowance;
use metrics::Metrics;
use places::Places;
use render::Renderer;
pub use render::{CHILD_FLAG as RENDER_FLAG, run_child as run_renderer};
use voice::Studio;

/// Receiving over a slow line and waiting for the work to end; everything else has shorter deadlines
/// of its own.
const LONGEST_UPLOAD: Duration = Duration::from_secs(150);

/// Runs the service until it is told to stop.
pub async fn serve(config: Config, life: Lifecycle) -> Result<(), boot::Error> {
    let url = config.database.url()?;
    if config.migrate {
        return database::migrate(&url).await;
    }
    let pool = database::pool(&url, config.database.database_connections)?;
    schema::pool::register(&pool, &life.registry)?;
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
    let bucket = Bucket::new(&config.bucket)?;
    erase::start(&bus, &pool, &bucket, &life).await?;
    export::answer(&bus, &pool, &bucket, &life).await?;
    let program = std::env::current_exe()?;
    let places = usize::try_from(config.render.render_concurrency)?;
    let pen = Arc::new(Pen::new(program.clone(), places));
    let app = Arc::new(Parts {
        pool,
        bucket,
        links: Links::new(&config.links)?,
        renderer: Renderer::new(program, config.render.image_limits(), pen.clone()),
        studio: Studio::new(config.render.ffmpeg(), config.render.voice_limits(), pen),
        quota: Quota::new(config.uploads.rate_uploads, &life),
        places: Places::new(usize::try_from(config.render.uploads_at_once)?),
        scratch: config.render.scratch(),
        answer_within: Duration::from_secs(config.render.upload_answer_seconds),
        daily: Allowance::new(&config.daily),
        life: life.clone(),
        metrics: Metrics::register(&life.registry)?,
    });
    sweep::start(&app, &bus, &config.sweep, &life);
    let public = api::Stack::new(&config.api, verifier, &life)
        .timeout(LONGEST_UPLOAD)
        .wrap(routes::routes(app));
    life.serve(config.boot(), public).await
}
