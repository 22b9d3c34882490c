//! What all requests share.

use std::{path::PathBuf, sync::Arc, time::Duration};

use boot::Lifecycle;
use links::Links;
use protocol::UserId;
use quota::Quota;
use sqlx::PgPool;

use crate::{
    bucket::Bucket, daily::Allowance, metrics::Metrics, places::Places, render::Renderer, voice::Studio,
};

pub type App = Arc<Parts>;

pub struct Parts {
    pub pool: PgPool,
    pub bucket: Bucket,
    pub links: Links,
    pub renderer: Renderer,
    pub studio: Studio,
    /// Uploads a person may start.
    pub quota: Quota<UserId>,
    /// What a person may upload in a day.
    pub daily: Allowance,
    /// Uploads in work in this replica: each keeps a file on disk.
    pub places: Arc<Places>,
    pub scratch: PathBuf,
    /// An upload that is in work for longer is answered `processing`.
    pub answer_within: Duration,
    /// Owns the uploads in work.
    pub life: Lifecycle,
    pub metrics: Metrics,
}
