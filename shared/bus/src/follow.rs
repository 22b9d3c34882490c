//! Numbered pulls with doorbells: the list is with its owner, the doorbell only says "look now".

use std::time::Duration;

use boot::Lifecycle;
use futures_util::StreamExt;
use rand::Rng;
use tokio::time;
use tracing::warn;

use crate::{Bus, Pattern};

/// A lost doorbell is made up for after this long.
const EVERY: Duration = Duration::from_secs(20);
const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);
/// One pull may take this long.
const PULL_WITHIN: Duration = Duration::from_secs(10);

impl Bus {
    /// Calls `pull` at once, and again whenever the doorbell rings, the broker comes back, or
    /// [`EVERY`] has passed; and at once while it answers that there is more.
    pub fn follow<F, Fut>(&self, name: &'static str, doorbell: Pattern, life: &Lifecycle, mut pull: F)
    where
        F: FnMut() -> Fut + Send + 'static,
        Fut: Future<Output = Result<bool, boot::Error>> + Send,
    {
        let (bus, hard) = (self.clone(), life.hard.clone());
        life.tasks.spawn(name, async move {
            let mut bells = loop {
                match bus.subscribe(doorbell.clone()).await {
                    Ok(bells) => break bells,
                    Err(_) => time::sleep(jittered(RETRY_MAX)).await,
                }
            };
            let mut status = bus.status();
            let mut retry = RETRY_MIN;
            loop {
                let wait = match time::timeout(PULL_WITHIN, pull()).await {
                    Ok(Ok(true)) => continue,
                    Ok(Ok(false)) => {
                        retry = RETRY_MIN;
                        jittered(EVERY)
                    }
                    Ok(Err(error)) => {
                        retry = (retry * 2).min(RETRY_MAX);
                        warn!(
                            follow = name,
                            error = &*error as &dyn std::error::Error,
                            "Could not pull"
                        );
                        jittered(retry)
                    }
                    Err(_) => jittered(RETRY_MAX),
                };
                tokio::select! {
                    () = hard.cancelled() => return,
                    _ = bells.next() => {}
                    _ = status.changed() => {}
                    () = time::sleep(wait) => {}
                }
            }
        });
    }
}

fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::rng().random_range(0.75..1.0))
}
