//! A database with a synchronous standby behind one address that follows the primary.

use sandbox::{Postgres, PostgresOptions};
use tokio::sync::Mutex;

use super::{Kit, Options, environment};
use crate::proxy::Proxy;

/// What a story with `standby` has besides its primary.
#[derive(Debug)]
pub(super) struct Followed {
    standby: Mutex<Option<Postgres>>,
    /// What services are told: as a `-rw` service of a cluster, or a proxy that asks who is primary.
    address: Proxy,
}

/// The database's address: of the primary itself, or, if the story wants a standby, one that follows it.
pub(super) async fn reached(
    options: &Options,
    primary: &Mutex<Postgres>,
    database: String,
) -> (Option<Followed>, String) {
    if !options.standby {
        return (None, database);
    }
    let primary = primary.lock().await;
    let address = Proxy::start(([127, 0, 0, 1], primary.port()).into()).await;
    let url = environment::at_port(&database, address.port());
    let standby = Mutex::new(Some(copy(&primary).await));
    (Some(Followed { standby, address }), url)
}

async fn copy(primary: &Postgres) -> Postgres {
    let mut options = PostgresOptions::default();
    // A primary that was killed is back sooner than the five seconds that a standby waits for it.
    options
        .settings
        .push("wal_retrieve_retry_interval=500ms".to_owned());
    let standby = Postgres::follow(primary, options).await;
    primary.require_standby().await.expect("the standby is in step");
    standby.expect("the standby starts")
}

impl Kit {
    /// Loses the primary and goes on with the standby: the old one is killed and never let in again (its
    /// address leads elsewhere, its data is gone), the standby is promoted, and the address follows.
    /// Like every tool that does this, it refuses when the standby is not in step.
    pub async fn fail_over(&self) {
        let followed = self.followed();
        let mut primary = self.postgres().await;
        let mut standby = followed.standby.lock().await;
        primary.in_step().await.expect("the standby is in step");
        let promoted = standby.take().expect("there is a standby");
        primary.kill();
        promoted.promote().await.expect("the standby becomes the primary");
        followed.address.lead_to(([127, 0, 0, 1], promoted.port()).into());
        *primary = promoted;
    }

    /// Gives the primary a standby again.
    pub async fn copy_again(&self) {
        let copied = copy(&*self.postgres().await).await;
        *self.followed().standby.lock().await = Some(copied);
    }

    /// Freezes the standby: no commit is answered.
    pub async fn stop_standby(&self) {
        if let Some(standby) = self.followed().standby.lock().await.as_mut() {
            standby.stop().expect("SIGSTOP can be sent");
        }
    }

    pub async fn resume_standby(&self) {
        if let Some(standby) = self.followed().standby.lock().await.as_mut() {
            standby.resume().expect("SIGCONT can be sent");
        }
    }

    fn followed(&self) -> &Followed {
        self.followed
            .as_ref()
            .expect("the story was started with a standby")
    }
}
