//! A database with a synchronous standby behind one address that follows the primary.

use std::sync::Arc;

use sandbox::{Postgres, PostgresOptions};
use tokio::sync::Mutex;

use super::{Kit, environment};
use crate::proxy::Proxy;

/// What a story with `standby` has besides its primary.
#[derive(Debug)]
pub(super) struct Followed {
    standby: Mutex<Option<Postgres>>,
    /// What services are told: as a `-rw` service of a cluster, or a proxy that asks who is primary.
    address: Proxy,
}

impl Followed {
    /// Copies the primary; answers the database's address too.
    pub async fn start(primary: &Arc<Mutex<Postgres>>, database: &str) -> (Self, String) {
        let primary = primary.lock().await;
        let address = Proxy::start(([127, 0, 0, 1], primary.port()).into()).await;
        let url = environment::at_port(database, address.port());
        let standby = Mutex::new(Some(copy(&primary).await));
        (Self { standby, address }, url)
    }
}

async fn copy(primary: &Postgres) -> Postgres {
    let standby = Postgres::follow(primary, PostgresOptions::default()).await;
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
