//! A conversation that goes on.

use std::time::{Duration, Instant};

use protocol::ConversationId;
use testkit::Kit;

/// Waits until the log has that many messages more; answers how long it took.
pub async fn grown(kit: &Kit, conversation: ConversationId, more: usize) -> Duration {
    let started = Instant::now();
    let before = kit.log(conversation).await.len();
    let written = sandbox::until("messages in the log", Duration::from_secs(30), || async {
        kit.log(conversation).await.len() >= before + more
    });
    written.await.unwrap();
    started.elapsed()
}
