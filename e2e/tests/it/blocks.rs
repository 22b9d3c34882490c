//! One of two people no longer wants to hear from the other.

use std::time::{Duration, Instant};

use client::Socket;
use serde_json::{Value, json};
use testkit::{Kit, Person};
use uuid::Uuid;

/// Losing access reaches live sockets within this.
const SOON: Duration = Duration::from_millis(2_500);

#[tokio::test]
async fn a_block_closes_live_conversations_on_every_gateway_and_its_end_opens_them() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    for (blocker, blocked) in [(&tom, &anna), (&anna, &tom)] {
        let (mut mine, _) = kit.gateway(0).greeted(blocker).await;
        let (mut theirs, _) = kit.gateway(1).greeted(blocked).await;

        let asked = Instant::now();
        set(&kit, blocker, blocked, "block").await;
        for socket in [&mut mine, &mut theirs] {
            let own = access(socket, blocker).await;
            let others = access(socket, blocked).await;
            assert_eq!(
                (&own["canSend"], &own["reason"]),
                (&json!(false), &json!("blocking"))
            );
            assert_eq!(
                (&others["canSend"], &others["reason"]),
                (&json!(false), &json!("blocked"))
            );
        }
        assert!(asked.elapsed() < SOON, "took {:?}", asked.elapsed());

        for (socket, person) in [(&mut mine, blocker), (&mut theirs, blocked)] {
            assert_eq!(send(socket, person).await["code"], "read_only");
            assert_eq!(over_http(&kit, person).await, (409, "read_only".to_owned()));
            assert_eq!(can_send(&kit, person).await, json!(false));
            let history = kit.http(person).get(&history(&anna, &tom)).await;
            assert_eq!(history.status, 200, "history stays readable");
        }

        let asked = Instant::now();
        set(&kit, blocker, blocked, "unblock").await;
        for socket in [&mut mine, &mut theirs] {
            for person in [blocker, blocked] {
                let open = access(socket, person).await;
                assert_eq!((&open["canSend"], &open["reason"]), (&json!(true), &Value::Null));
            }
        }
        assert!(asked.elapsed() < SOON, "took {:?}", asked.elapsed());
        assert_eq!(send(&mut theirs, blocked).await["type"], "ack");
    }
}

/// The roster committed the block and died before it rang.
#[tokio::test]
async fn a_block_whose_doorbell_was_lost_reaches_live_sockets_within_thirty_seconds() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let asked = Instant::now();

    let committed = sqlx::query(
        "with counted as (update roster.counter set number = number + 1 returning number)
         insert into roster.change (number, trainer_id, client_id, blocked_by, blocked)
         select number, $1, $2, 'Trainer', true from counted",
    );
    let committed = committed.bind(tom.id.0).bind(anna.id.0).execute(kit.pool()).await;
    committed.unwrap();

    let told = tokio::time::timeout(
        Duration::from_secs(30),
        phone.find(|frame| frame["type"] == "access" && frame["userId"] == json!(anna.id)),
    );
    let told = told.await.expect("in time").unwrap();
    assert_eq!(told["canSend"], false, "after {:?}", asked.elapsed());
}

async fn set(kit: &Kit, blocker: &Person, blocked: &Person, action: &str) {
    let list = match blocker.role {
        testkit::Role::Trainer => "trainer/clients",
        _ => "user/trainers",
    };
    let path = format!("/api/{list}/{}/{action}", blocked.id);
    let answer = kit.http(blocker).post(&path, &json!({})).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
}

async fn access(socket: &mut Socket, of: &Person) -> Value {
    let of = json!(of.id);
    socket
        .find(|frame| frame["type"] == "access" && frame["userId"] == of)
        .await
        .unwrap()
}

/// The answer to a message over the socket.
async fn send(socket: &mut Socket, person: &Person) -> Value {
    let id = Uuid::now_v7();
    let frame = json!({
        "type": "send", "ref": 1, "conversationId": person.conversation(), "id": id, "text": "still there?",
    });
    socket.send_json(&frame).await.unwrap();
    socket
        .find(|frame| frame["ref"] == 1 && matches!(frame["type"].as_str(), Some("ack" | "error")))
        .await
        .unwrap()
}

async fn over_http(kit: &Kit, person: &Person) -> (u16, String) {
    let body = json!({"conversationId": person.conversation(), "id": Uuid::now_v7(), "text": "still there?"});
    let answer = kit.http(person).post("/api/chat/messages", &body).await;
    (answer.status, answer.code().to_owned())
}

async fn can_send(kit: &Kit, person: &Person) -> Value {
    let list = kit.http(person).get("/api/chat/conversations").await;
    list.body["data"][0]["canSend"].clone()
}

fn history(anna: &Person, tom: &Person) -> String {
    format!("/api/chat/history?userId={}&trainerId={}", anna.id, tom.id)
}
