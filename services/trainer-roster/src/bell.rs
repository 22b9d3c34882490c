//! The doorbell `roster.changed`: says that the numbered list has grown.

use std::sync::Arc;

use boot::Lifecycle;
use bus::{Bus, Headers, Subject};
use bytes::Bytes;
use tokio::sync::Notify;
use tracing::debug;

/// Rung after a commit. Rings that come while one is on its way become one.
#[derive(Clone)]
pub struct Bell(Arc<Notify>);

impl Bell {
    pub fn hang(bus: Bus, life: &Lifecycle) -> Self {
        let bell = Self(Arc::default());
        let (rung, hard) = (bell.0.clone(), life.hard.clone());
        life.tasks.spawn("bell", async move {
            loop {
                tokio::select! {
                    () = hard.cancelled() => return,
                    () = rung.notified() => {}
                }
                // A ring that is lost costs its listeners up to 20 s, never a change.
                let ring = bus.publish(Subject::ROSTER_CHANGED, Headers::default(), Bytes::new());
                if let Err(error) = ring.await {
                    debug!(error = &error as &dyn std::error::Error, "Could not ring");
                }
            }
        });
        bell
    }

    pub fn ring(&self) {
        self.0.notify_one();
    }
}
