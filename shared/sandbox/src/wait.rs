use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::Error;

/// Polls `predicate` until it holds; an error names `what` was waited for.
pub async fn until<F, Fut>(what: &str, within: Duration, mut predicate: F) -> Result<(), Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = bool>,
{
    let deadline = Instant::now() + within;
    let mut pause = Duration::from_millis(5);
    loop {
        if tokio::time::timeout_at(deadline, predicate()).await == Ok(true) {
            return Ok(());
        }
        if Instant::now() + pause >= deadline {
            return Err(Error::Late {
                what: what.to_owned(),
                within,
            });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
