//! What all requests share.

use std::{path::PathBuf, sync::Arc};

use links::Links;
use protocol::{ErrorCode, UserId, error::Refusal};
use quota::Quota;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tracing::{error, warn};

use crate::{bucket::Bucket, metrics::Metrics, render::Renderer};

pub type App = Arc<Parts>;

pub struct Parts {
    pub pool: PgPool,
    pub bucket: Bucket,
    pub links: Links,
    pub renderer: Renderer,
    /// Uploads a person may start.
    pub quota: Quota<UserId>,
    /// Uploads in work in this replica: each keeps a file on disk.
    pub places: Semaphore,
    pub scratch: PathBuf,
    pub metrics: Metrics,
}

/// What the caller is told when the database did not answer as it should; the cause is logged here.
pub fn database_refusal(cause: &sqlx::Error) -> Refusal {
    use sqlx::Error as E;
    let passing = match cause {
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        // Connection, resources, operator intervention, lock and statement timeouts, serialization.
        E::Database(refused) => refused.code().is_some_and(|code| {
            ["08", "53", "57", "55", "40", "58"]
                .iter()
                .any(|class| code.starts_with(class))
        }),
        _ => false,
    };
    if passing {
        warn!(
            error = cause as &dyn std::error::Error,
            "The database is not available"
        );
        ErrorCode::Unavailable.into()
    } else {
        error!(
            error = cause as &dyn std::error::Error,
            "The database refused a statement"
        );
        ErrorCode::Internal.into()
    }
}
