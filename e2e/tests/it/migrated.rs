//! The schema changes while people write.

use std::time::{Duration, Instant};

use e2e::talk::Talk;
use protocol::ConversationId;
use serde_json::json;
use testkit::{Kit, Options, Person};
use tokio::sync::watch;
use uuid::Uuid;

use crate::grown::{fill, grown};

/// What an append may take.
const DEADLINE: Duration = Duration::from_secs(3);
/// Enough for an index to be in the making while many write.
const MESSAGES: i64 = 300_000;

#[tokio::test]
async fn migrations_under_load_lose_nothing_and_keep_nobody_waiting() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let (ben, _) = kit.client_with_trainer("Ben", "Mia").await;
    fill(&kit, &ben, MESSAGES).await;
    let mut talk = Talk::begin(&kit).await;
    let conversation = talk.conversation();

    let (during, sent, slowest) = talk.throughout(while_migrating(&kit, &eva, conversation)).await;

    println!(
        "{during} messages of the talk and {sent} calls during three migrations, the slowest {slowest:?}"
    );
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
    assert!(during > 0 && sent > 0, "nobody wrote meanwhile");
    assert!(slowest < DEADLINE, "somebody waited {slowest:?}");
    let is_valid: bool = sqlx::query_scalar(
        "select indisvalid from pg_index where indexrelid = 'chat.message_files'::regclass",
    )
    .fetch_one(kit.pool())
    .await
    .unwrap();
    assert!(is_valid, "the index is there in the end");
}

/// Migrates three times; answers how the talk grew meanwhile, how many calls were answered, and the slowest.
async fn while_migrating(kit: &Kit, person: &Person, talk: ConversationId) -> (usize, usize, Duration) {
    let done = watch::Sender::new(false);
    let migrating = async {
        let mut during = 0;
        for _ in 0..3 {
            undo(kit).await;
            let before = kit.log(talk).await.len();
            let (migrated, printed) = kit.tool("chat-history", &["--migrate"]).await;
            assert!(migrated, "{printed}");
            during += kit.log(talk).await.len() - before;
        }
        grown(kit, talk, 20).await;
        done.send_replace(true);
        during
    };
    let (during, (sent, slowest)) = tokio::join!(migrating, write(kit, person, done.subscribe()));
    (during, sent, slowest)
}

/// As if two steps had not been applied yet: an index that is made concurrently, and one in a transaction.
async fn undo(kit: &Kit) {
    for step in [
        "drop index concurrently chat.message_files",
        "alter table chat.conversation reset (fillfactor)",
        "delete from chat._sqlx_migrations where version in (5, 11)",
    ] {
        sqlx::query(step).execute(kit.pool()).await.unwrap();
    }
}

async fn write(kit: &Kit, person: &Person, done: watch::Receiver<bool>) -> (usize, Duration) {
    let (mut sent, mut slowest) = (0, Duration::ZERO);
    while !*done.borrow() {
        let body =
            json!({"conversationId": person.conversation(), "id": Uuid::now_v7(), "text": "on and on"});
        let asked = Instant::now();
        let answer = kit.http(person).post("/api/chat/messages", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        slowest = slowest.max(asked.elapsed());
        sent += 1;
    }
    (sent, slowest)
}
