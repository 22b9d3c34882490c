//! What gateways ask over the broker.

use std::time::Duration;

use bus::Subject;
use chat_history::requests;
use protocol::{
    ConversationEntry, ErrorCode,
    error::{Refusal, Role},
    frame::{Ack, ServerFrame},
    internal::{
        Entries, EntriesRequest, HeadsReply, HeadsRequest, HeadsSum, OpenRequest, Opened, Reply, SyncRequest,
    },
};

use crate::rig::{Rig, client};

const SOON: Duration = Duration::from_secs(5);

async fn answering() -> Rig {
    let rig = Rig::start().await;
    requests::answer(&rig.bus, &rig.one.desk(), &rig.life)
        .await
        .unwrap();
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_appends_and_changes() {
    let rig = answering().await;
    let (tom, anna) = rig.booked().await;
    let ask = async |subject, change| -> Result<Ack, Refusal> {
        rig.bus.ask(subject, &change, SOON).await.unwrap()
    };

    let sent = ask(Subject::HISTORY_APPEND, anna.text(tom, "hello"))
        .await
        .unwrap();
    let edited = ask(Subject::HISTORY_CHANGE, anna.edit(tom, 1, "hello!"))
        .await
        .unwrap();
    let refused = ask(Subject::HISTORY_CHANGE, tom.delete(anna, 1))
        .await
        .unwrap_err();

    assert_eq!(
        (sent.seq, sent.position, edited.position),
        (Some(1), Some(1), Some(2))
    );
    assert_eq!(refused.code, ErrorCode::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connecting_device_learns_its_list_and_then_its_sums_agree() {
    let rig = answering().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "hello").await;

    let question = OpenRequest {
        after: None,
        user: tom.id,
        role: Role::Trainer,
    };
    let opened: Opened = rig
        .bus
        .ask(Subject::HISTORY_OPEN, &question, SOON)
        .await
        .unwrap()
        .unwrap();
    let entries: Vec<ConversationEntry> = serde_json::from_str(opened.conversations.get()).unwrap();
    let positions = opened.heads.iter().map(|head| head.1).sum();
    let access = opened.heads.iter().map(|head| u64::from(head.2) + 1).sum();
    let sum = HeadsSum {
        user: tom.id,
        role: Role::Trainer,
        positions,
        access,
        marks: opened.heads.iter().map(|head| head.3.total()).sum(),
    };
    let question = HeadsRequest { people: vec![sum] };
    let heads: HeadsReply = rig
        .bus
        .ask(Subject::HISTORY_HEADS, &question, SOON)
        .await
        .unwrap()
        .unwrap();

    assert_eq!(
        (entries.len(), entries[0].peer_id, opened.more),
        (1, anna.id, false)
    );
    assert_eq!((heads.behind.len(), heads.epoch), (0, opened.epoch));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_a_final_frame_with_headers_and_a_refusal_has_none() {
    let rig = answering().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "hello").await;
    let ask = async |conversation| {
        let question = SyncRequest {
            conversation,
            after: 0,
            r#ref: Some(9),
        };
        let payload = serde_json::to_vec(&question).unwrap().into();
        rig.bus
            .request_raw(Subject::HISTORY_SYNC, payload, SOON)
            .await
            .unwrap()
    };

    let frame = ask(anna.with(tom)).await;
    let ServerFrame::Sync(sync) = serde_json::from_slice(&frame.payload).unwrap() else {
        panic!()
    };
    assert_eq!((frame.headers.to, frame.headers.more), (Some(1), false));
    assert_eq!(
        frame.headers.epoch.map(|epoch| epoch.to_string()),
        Some(rig.epoch().await)
    );
    assert_eq!((sync.r#ref, sync.to, sync.messages.len()), (Some(9), 1, 1));

    let refused = ask(tom.with(client())).await;
    let Reply::<()>::Refused(refusal) = serde_json::from_slice(&refused.payload).unwrap() else {
        panic!()
    };
    assert_eq!((refusal.code, refused.headers.epoch), (ErrorCode::NotFound, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_told_of_those_conversations_that_exist() {
    let rig = answering().await;
    let (tom, anna) = rig.booked().await;
    let peers = vec![client().id, anna.id];

    let question = EntriesRequest {
        user: tom.id,
        role: Role::Trainer,
        peers,
    };
    let entries: Entries = rig
        .bus
        .ask(Subject::HISTORY_ENTRIES, &question, SOON)
        .await
        .unwrap()
        .unwrap();

    assert_eq!(entries.entries.len(), 1);
    let frame: ServerFrame = serde_json::from_str(entries.entries[0].frame.get()).unwrap();
    let ServerFrame::Conversation(entry) = frame else {
        panic!()
    };
    assert_eq!(
        (entry.peer_id, entry.can_send, entries.entries[0].head.0),
        (anna.id, true, anna.id)
    );
}

/// More than one answer of the broker holds.
const MANY: i64 = 12_000;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_thousands_of_conversations_reads_their_heads_in_pages() {
    let rig = answering().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "hello").await;
    crate::rig::many(&rig.pool, tom, MANY).await;

    let mut opened = open(&rig, tom, None).await;
    let shown: Vec<ConversationEntry> = serde_json::from_str(opened.conversations.get()).unwrap();
    assert_eq!((shown.len(), opened.heads.len(), opened.more), (50, 50, true));
    let mut heads = Vec::new();
    while let Some(after) = opened.next {
        opened = open(&rig, tom, Some(after)).await;
        heads.extend(opened.heads.iter().map(|head| head.0));
    }

    assert_eq!(heads.len(), usize::try_from(MANY).unwrap() + 1);
    heads.sort();
    heads.dedup();
    assert_eq!(heads.len(), usize::try_from(MANY).unwrap() + 1);
}

async fn open(rig: &Rig, person: crate::rig::Person, after: Option<i64>) -> Opened {
    let question = OpenRequest {
        user: person.id,
        role: person.role,
        after,
    };
    let answer: Result<Opened, Refusal> = rig.bus.ask(Subject::HISTORY_OPEN, &question, SOON).await.unwrap();
    answer.unwrap()
}
