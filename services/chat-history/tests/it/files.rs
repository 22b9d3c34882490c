//! What file-upload learns before it lets a file go.

use std::time::Duration;

use bus::Subject;
use chat_history::files;
use futures_util::StreamExt;
use protocol::{
    FileId, MessageId,
    internal::{CarriedRequest, PullRequest},
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_with_files_is_numbered_and_rings() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let mut bell = rig.bus.subscribe(Subject::HISTORY_RELEASED.into()).await.unwrap();
    let text = rig.say(anna, tom, "no file").await;
    let first = rig.take(anna.photo(tom, file())).await.unwrap();
    let second = rig.take(tom.photo(anna, file())).await.unwrap();
    rig.take(anna.photo(tom, file())).await.unwrap();

    rig.take(anna.delete(tom, text.seq.unwrap())).await.unwrap();
    for (from, to, ack) in [(anna, tom, &first), (tom, anna, &second), (tom, anna, &second)] {
        rig.take(from.delete(to, ack.seq.unwrap())).await.unwrap();
    }

    let told = files::released(&rig.pool, after(0, 10)).await.unwrap();
    let messages: Vec<_> = told
        .items
        .iter()
        .map(|(number, released)| (*number, released.conversation_id, released.message_id))
        .collect();
    let people = anna.with(tom);
    assert_eq!(
        messages,
        [(1, people, first.id.unwrap()), (2, people, second.id.unwrap())]
    );
    let page = files::released(&rig.pool, after(0, 1)).await.unwrap();
    assert_eq!((page.to, page.more), (1, true));
    timeout(Duration::from_secs(5), bell.next())
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_carried_by_the_messages_that_name_it_and_by_no_deleted_one() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let (twice, once, never) = (file(), file(), file());
    let sent = [
        rig.take(anna.photo(tom, twice)).await.unwrap(),
        rig.take(anna.photo(tom, twice)).await.unwrap(),
        rig.take(anna.photo(tom, once)).await.unwrap(),
    ];
    for gone in &sent[1..] {
        rig.take(anna.delete(tom, gone.seq.unwrap())).await.unwrap();
    }

    let carried = carried(&rig, vec![twice, once, never]).await;

    assert_eq!(carried, [(twice, sent[0].id.unwrap())]);
}

async fn carried(rig: &Rig, ids: Vec<FileId>) -> Vec<(FileId, MessageId)> {
    let carried = files::carried(&rig.pool, &CarriedRequest { ids }).await.unwrap();
    carried
        .iter()
        .map(|use_| (use_.file_id, use_.message_id))
        .collect()
}

fn after(after: i64, limit: u32) -> PullRequest {
    PullRequest {
        after,
        limit,
        revocations_since: None,
    }
}

fn file() -> FileId {
    FileId(Uuid::new_v4())
}
