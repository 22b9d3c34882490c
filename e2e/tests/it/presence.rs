//! Who is here, over two gateways.

use std::time::{Duration, Instant};

use bus::{Pattern, subject};
use client::{Device, Presence, Socket};
use futures_util::StreamExt;
use serde_json::{Value, json};
use testkit::{Kit, Person};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{neighbour::Neighbour, settings::set};

/// Twelve seconds a round, three rounds, and a busy machine.
const LEASE: Duration = Duration::from_secs(45);
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_watcher_is_told_who_is_here_and_then_each_change() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;

    desk.watch(&[anna.id]).await;
    sees(&desk, &anna, true).await;
    let left = OffsetDateTime::now_utc();
    phone.stop().await;
    let gone = sees(&desk, &anna, false).await;

    let last_seen = gone.last_seen_at.unwrap();
    assert!(
        (last_seen - left).abs() < time::Duration::seconds(2),
        "{last_seen} {left}"
    );
    let phone = kit.gateway(0).connect(&anna).await;
    assert_eq!(sees(&desk, &anna, true).await.last_seen_at, None);
    drop(phone);
}

#[tokio::test]
async fn somebody_with_two_devices_is_here_until_both_have_left() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let tablet = kit.gateway(1).connect(&anna).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    watch(&mut desk, 1, &[&anna]).await;
    assert_eq!(desk.expect("presence").await["online"], true);

    phone.stop().await;
    assert!(!desk.comes_within("presence", Duration::from_secs(5)).await);
    tablet.stop().await;

    assert_eq!(desk.expect("presence").await["online"], false);
}

#[tokio::test]
async fn a_killed_gateway_holds_nobody_longer_than_45_seconds() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (_phone, _) = kit.gateway(0).greeted(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    desk.watch(&[anna.id]).await;
    sees(&desk, &anna, true).await;

    kit.gateway(0).kill();
    let killed = Instant::now();
    let offline = |presence: Presence| !presence.online;
    desk.wait_within("nobody on a killed gateway", LEASE, |state| {
        state.presence(anna.id).is_some_and(offline)
    })
    .await;

    println!("gone after {:?}", killed.elapsed());
    assert!(desk.state().presence(anna.id).unwrap().last_seen_at.is_some());
}

#[tokio::test]
async fn when_somebody_was_last_seen_outlives_every_process() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    kit.gateway(0).connect(&anna).await.stop().await;
    let left = OffsetDateTime::now_utc();
    let kept = sandbox::until("the roster to be told", Duration::from_secs(20), || async {
        let seen: Option<OffsetDateTime> =
            sqlx::query_scalar("select seen_at from roster.seen where user_id = $1")
                .bind(anna.id.0)
                .fetch_optional(kit.pool())
                .await
                .unwrap();
        seen.is_some_and(|at| (at - left).abs() < time::Duration::seconds(2))
    });
    kept.await.unwrap();

    for service in [kit.gateway(0), kit.gateway(1)] {
        service.kill();
        service.revive();
    }
    kit.roster().kill();
    kit.roster().revive();
    kit.roster().ready().await;
    let desk = kit.gateway(1).connect(&tom).await;
    desk.watch(&[anna.id]).await;

    let gone = sees(&desk, &anna, false).await;
    assert!((gone.last_seen_at.unwrap() - left).abs() < time::Duration::seconds(2));
}

#[tokio::test]
async fn who_hides_is_not_here_and_was_never_seen_but_sees_others() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    desk.watch(&[anna.id]).await;
    phone.watch(&[tom.id]).await;
    sees(&desk, &anna, true).await;

    set(&kit, &anna, &json!({"presence": false, "receipts": true})).await;

    assert_eq!(sees(&desk, &anna, false).await.last_seen_at, None);
    sees(&phone, &tom, true).await;
    // Who looks only now sees the same.
    let (mut laptop, _) = kit.gateway(0).greeted(&tom).await;
    watch(&mut laptop, 1, &[&anna]).await;
    let hidden = json!({"type": "presence", "userId": anna.id, "online": false});
    assert_eq!(laptop.expect("presence").await, hidden);
    set(&kit, &anna, &json!({"presence": true, "receipts": true})).await;
    sees(&desk, &anna, true).await;
}

#[tokio::test]
async fn a_list_replaces_the_last_and_holds_only_fifty_of_ones_own() {
    let kit = Kit::with_gateways(2).await;
    let tom = kit.person("Tom", protocol::error::Role::Trainer).await;
    let mut clients = Vec::new();
    for name in ["Anna", "Ben"] {
        let client = kit.person(name, protocol::error::Role::User).await;
        clients.push(kit.booked(client, tom.clone()).await.0);
    }
    let (eva, max) = kit.client_with_trainer("Eva", "Max").await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    let [anna, ben] = &clients[..] else { panic!() };

    watch(&mut desk, 1, &[anna, ben, anna]).await;
    for person in [anna, ben] {
        assert_eq!(desk.expect("presence").await["userId"], json!(person.id));
    }
    let stranger = Person {
        id: protocol::UserId(Uuid::new_v4()),
        ..eva.clone()
    };
    for (r#ref, foreign) in [(2, &eva), (3, &max), (4, &stranger), (5, &tom)] {
        watch(&mut desk, r#ref, &[anna, foreign]).await;
        let error = desk.expect("error").await;
        assert_eq!(
            (&error["ref"], &error["code"]),
            (&json!(r#ref), &json!("not_found"))
        );
    }
    // Asking for a foreign conversation makes nobody in it one's own, not even while the question is under way.
    let stranger_and_me = format!("conversation:{}:{}", tom.id, eva.id);
    let sync = json!({"type": "sync", "ref": 8, "conversationId": stranger_and_me, "after": 0});
    let look = json!({"type": "watch", "ref": 9, "userIds": [eva.id]});
    desk.send_json(&sync).await.unwrap();
    desk.send_json(&look).await.unwrap();
    let mut refused = Vec::new();
    for _ in 0..2 {
        let error = desk.expect("error").await;
        assert_eq!(error["code"], json!("not_found"));
        refused.push(error["ref"].as_u64().unwrap());
    }
    refused.sort_unstable();
    assert_eq!(refused, [8, 9]);
    let many = json!({"type": "watch", "ref": 6, "userIds": vec![anna.id; 51]});
    let wrong = json!({"type": "watch", "ref": 7, "userIds": ["no-id"]});
    for frame in [many, wrong] {
        desk.send_json(&frame).await.unwrap();
        let error = desk.expect("error").await;
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("invalid_field"), &json!("userIds"))
        );
    }
    watch(&mut desk, 8, &[ben]).await;
    assert_eq!(desk.expect("presence").await["userId"], json!(ben.id));

    // Who is on no list any more comes, and is not told; who is on it is.
    let _anna = kit.gateway(1).connect(anna).await;
    let _ben = kit.gateway(1).connect(ben).await;
    assert_eq!(desk.expect("presence").await["userId"], json!(ben.id));
}

#[tokio::test]
async fn somebody_whom_everybody_watches_comes_with_one_message() {
    const WATCHERS: usize = 40;
    let kit = Kit::with_gateways(2).await;
    let tom = kit.person("Tom", protocol::error::Role::Trainer).await;
    let mut watchers = Vec::new();
    for nth in 0..WATCHERS {
        let client = kit
            .person(&format!("Client {nth}"), protocol::error::Role::User)
            .await;
        let (client, ..) = kit.booked(client, tom.clone()).await;
        let device = kit.gateway(nth % 2).connect(&client).await;
        device.watch(&[tom.id]).await;
        watchers.push(device);
    }
    for watcher in &watchers {
        sees(watcher, &tom, false).await;
    }
    let neighbour = Neighbour::of(&kit).await;
    let mut heard = neighbour.bus.subscribe(Pattern::every_presence()).await.unwrap();

    let _desk = kit.gateway(0).connect(&tom).await;
    for watcher in &watchers {
        sees(watcher, &tom, true).await;
    }

    // The next who comes shows that nothing more was said of the first.
    let (nora, _) = kit.client_with_trainer("Nora", "Max").await;
    let _phone = kit.gateway(1).connect(&nora).await;
    let mut of_tom = 0;
    loop {
        let message = heard.next().await.unwrap();
        match subject::parse_presence(&message.subject) {
            Some(user) if user == tom.id => of_tom += 1,
            Some(user) if user == nora.id => break,
            _ => {}
        }
    }
    assert_eq!(of_tom, 1);
}

#[tokio::test]
async fn without_a_broker_nobody_is_taken_for_gone() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(1).greeted(&tom).await;
    watch(&mut desk, 1, &[&anna]).await;
    assert_eq!(desk.expect("presence").await["online"], true);

    kit.nats().await.kill();
    desk.expect("status").await;
    watch(&mut desk, 2, &[]).await;
    watch(&mut desk, 3, &[&anna]).await;
    let refused = desk.expect("error").await;
    assert_eq!(
        (&refused["ref"], &refused["code"]),
        (&json!(3), &json!("unavailable"))
    );
    kit.nats().await.restart().await.unwrap();
    // Both gateways are back: one that is not yet cannot say whom it has.
    while desk.expect("status").await["live"] != json!(true) {}
    while phone.expect("status").await["live"] != json!(true) {}

    watch(&mut desk, 4, &[&anna]).await;
    assert_eq!(desk.expect("presence").await["online"], true);
}

async fn watch(socket: &mut Socket, r#ref: u64, people: &[&Person]) {
    let ids: Vec<Value> = people.iter().map(|person| json!(person.id)).collect();
    let frame = json!({"type": "watch", "ref": r#ref, "userIds": ids});
    socket.send_json(&frame).await.unwrap();
}

async fn sees(device: &Device, person: &Person, online: bool) -> Presence {
    let what = format!("{} to be online: {online}", person.name);
    let told = |presence: Presence| presence.online == online;
    device
        .wait_within(&what, SOON, |state| state.presence(person.id).is_some_and(told))
        .await;
    device.state().presence(person.id).unwrap()
}
