//! What all requests share.

use std::{path::PathBuf, sync::Arc};

use links::Links;
use protocol::UserId;
use quota::Quota;
use sqlx::PgPool;

use crate::{bucket::Bucket, metrics::Metrics, places::Places, render::Renderer};

pub type App = Arc<Parts>;

pub struct Parts {
    pub pool: PgPool,
    pub bucket: Bucket,
    pub links: Links,
    pub renderer: Renderer,
    /// Uploads a person may start.
    pub quota: Quota<UserId>,
    /// Uploads in work in this replica: each keeps a file on disk.
    pub places: Arc<Places>,
    pub scratch: PathBuf,
    pub metrics: Metrics,
}
