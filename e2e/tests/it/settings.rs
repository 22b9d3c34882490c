//! What people hide from each other, over two gateways.

use std::time::Duration;

use client::{Device, Socket, device::State};
use protocol::Seq;
use serde_json::{Value, json};
use testkit::{Kit, Person};

const APPLIED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn hidden_receipts_hide_both_ways_and_own_marks_go_on() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let tablet = kit.gateway(1).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    phone.send_text("two").await;
    phone.expect_text("two").await;
    desk.expect_text("two").await;

    receipts(&kit, &anna, false).await;
    phone.read(2).await;
    desk.read(2).await;

    tablet
        .wait("the own mark", |state| own(state, &anna) == (2, 2, 0))
        .await;
    let own_mark = |state: &State| own(state, &tom) == (2, 2, 0);
    desk.wait("the own mark", own_mark).await;
    // What comes after them shows that they do not come.
    desk.send_text("three").await;
    tablet.expect_text("three").await;
    phone.send_text("four").await;
    desk.expect_text("four").await;
    assert_eq!(peers(&tablet, &anna), (0, 0));
    assert_eq!(peers(&desk, &tom), (0, 0));
    for person in [&anna, &tom] {
        for entry in everywhere(&kit, person).await {
            assert_eq!(
                (&entry["peerReadSeq"], &entry["peerDeliveredSeq"]),
                (&json!(0), &json!(0)),
                "{entry}"
            );
            assert_eq!(entry["readSeq"], 2, "{entry}");
        }
    }
}

#[tokio::test]
async fn receipts_that_are_shown_again_tell_the_marks_as_they_stand() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    phone.expect_text("one").await;
    receipts(&kit, &tom, false).await;
    phone.read(1).await;
    phone
        .wait("the own mark", |state| own(state, &anna) == (1, 1, 0))
        .await;

    receipts(&kit, &tom, true).await;

    let (_, welcome) = kit.gateway(0).greeted(&tom).await;
    assert_eq!(welcome["conversations"][0]["peerReadSeq"], 1);
    desk.send_text("two").await;
    phone.expect_text("two").await;
    phone.read(2).await;
    desk.wait("the mark", |state| {
        state
            .entry(tom.conversation())
            .is_some_and(|entry| entry.peer_read_seq == 2)
    })
    .await;
}

#[tokio::test]
async fn marks_that_are_hidden_make_nobodys_poll_longer() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    desk.expect_confirmation().await;
    receipts(&kit, &anna, false).await;

    let mark = json!({"conversationId": anna.conversation(), "readSeq": 1});
    assert_eq!(kit.http(&anna).post("/api/chat/marks", &mark).await.status, 200);

    assert_eq!(polled(&kit, &tom).await, Vec::<Value>::new());
    assert_eq!(polled(&kit, &anna).await.len(), 1, "it is one's own");
}

/// Says it, and waits until the log has heard.
pub async fn receipts(kit: &Kit, person: &Person, shown: bool) {
    set(kit, person, &json!({"presence": true, "receipts": shown})).await;
    let heard = sandbox::until("the log to hear", APPLIED_WITHIN, || async {
        let hides: Option<bool> =
            sqlx::query_scalar("select exists (select from chat.hides_receipts where user_id = $1)")
                .bind(person.id.0)
                .fetch_one(kit.pool())
                .await
                .unwrap();
        hides == Some(!shown)
    });
    heard.await.unwrap();
}

pub async fn set(kit: &Kit, person: &Person, settings: &Value) {
    let answer = kit.http(person).put("/api/me/settings", settings).await;
    assert_eq!((answer.status, &answer.body), (200, settings));
}

/// The conversation as each way of reading it shows it to the person.
async fn everywhere(kit: &Kit, person: &Person) -> Vec<Value> {
    let (socket, welcome) = kit.gateway(0).greeted(person).await;
    Socket::close(socket).await;
    let http = kit.http(person);
    let list = http.get("/api/chat/conversations").await;
    let mark = json!({"conversationId": person.conversation(), "readSeq": 1});
    let marked = http.post("/api/chat/marks", &mark).await;
    let new = json!({"epoch": welcome["epoch"], "positions": {}});
    let polled = http.post("/api/chat/sync", &new).await;
    vec![
        welcome["conversations"][0].clone(),
        list.body["data"][0].clone(),
        marked.body,
        polled.body["conversations"][0].clone(),
    ]
}

/// The entries that a poll brings to a device which has everything.
async fn polled(kit: &Kit, person: &Person) -> Vec<Value> {
    let (socket, welcome) = kit.gateway(0).greeted(person).await;
    socket.close().await;
    let positions = json!({person.conversation().to_string(): 1});
    let body = json!({"epoch": welcome["epoch"], "positions": positions});
    let told = sandbox::until("the booking to be old news", Duration::from_secs(90), || async {
        let fresh: bool = sqlx::query_scalar(
            "select exists (select from chat.conversation where access_changed_at > now() - interval '61 s')",
        )
        .fetch_one(kit.pool())
        .await
        .unwrap();
        if fresh {
            sqlx::query(
                "update chat.conversation set access_changed_at = access_changed_at - interval '1 h'",
            )
            .execute(kit.pool())
            .await
            .unwrap();
        }
        !fresh
    });
    told.await.unwrap();
    let answer = kit.http(person).post("/api/chat/sync", &body).await;
    answer.body["conversations"].as_array().unwrap().clone()
}

/// Read, delivered and unread of the device's own person.
fn own(state: &State, person: &Person) -> (Seq, Seq, u64) {
    state
        .entry(person.conversation())
        .map(|entry| (entry.read_seq, entry.delivered_seq, entry.unread))
        .unwrap_or_default()
}

/// Read and delivered of the other person.
fn peers(device: &Device, person: &Person) -> (Seq, Seq) {
    let state = device.state();
    let entry = state.entry(person.conversation()).unwrap();
    (entry.peer_read_seq, entry.peer_delivered_seq)
}
