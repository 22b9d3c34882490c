//! Nobody learns anything of what is not theirs, not even that it exists.
//!
//! Reading order: `cast` says who knocks, `calls` and `frames` hold the two tables,
//! `reference` what they must cover.

use serde_json::Value;
use testkit::{Kit, Options};
use uuid::Uuid;

mod calls;
mod cast;
mod frames;
mod reference;

use cast::{Caller, Ids};

#[tokio::test]
async fn every_call_and_frame_of_everybody_reaches_only_what_is_their_own() {
    let options = Options {
        files: true,
        ..Options::default()
    };
    let options = options
        .unlimited()
        .with("SPOTTER_RATE_UPLOADS", "10000")
        .with("SPOTTER_RATE_UNAUTHENTICATED", "10000/10000")
        .with("SPOTTER_DEVICES", "1000");
    let kit = Kit::start(options).await;
    let callers = cast::callers(&kit).await;
    let epoch = epoch(&kit, &callers).await;

    let mut wrong = calls::ask_all(&kit, &callers, &epoch).await;
    wrong.extend(frames::say_all(&kit, &callers, &epoch).await);

    assert!(
        wrong.is_empty(),
        "{} go otherwise:\n{}",
        wrong.len(),
        wrong.join("\n")
    );

    for caller in &callers {
        nothing_was_done_to(&kit, caller).await;
    }
}

#[test]
fn no_call_and_no_frame_of_the_reference_is_left_out_of_the_tables() {
    assert_eq!(calls::forgotten(), [""; 0]);
    assert_eq!(frames::forgotten(), [""; 0]);
}

#[tokio::test]
async fn nothing_of_others_reaches_a_live_socket() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let (eva, _) = kit.client_with_trainer("Eva", "Max").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut other = kit.gateway(0).connect(&eva).await;

    phone.send_text("between us").await;
    phone.expect_confirmation().await;
    other.send_text("mine").await;
    other.expect_text("mine").await;

    let own: Vec<_> = other.state().conversations().into_iter().collect();
    assert_eq!(own, [eva.conversation()]);
}

/// Whatever others tried: two people wrote here, and they are called what they were called before.
async fn nothing_was_done_to(kit: &Kit, caller: &Caller) {
    let Some(person) = caller.person.as_ref().filter(|person| person.peer.is_some()) else {
        return;
    };
    let people = person.conversation();
    let (client, trainer) = (people.client, people.trainer);
    let http = kit.http(person);
    let page = format!("/api/chat/history?userId={client}&trainerId={trainer}&limit=200");
    let page = http.get(&page).await;
    assert_eq!(page.status, 200, "{}: {}", caller.name, page.body);
    let senders = page
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["senderId"].as_str().unwrap());
    let expected = [client.to_string(), trainer.to_string()];
    assert!(
        senders
            .into_iter()
            .all(|sender| expected.contains(&sender.to_owned()))
    );
    let peers = http
        .get(&format!("/api/people?id={}", people.peer_of(person.id)))
        .await;
    assert_ne!(peers.body["data"][0]["name"], Value::Null, "{}", peers.body);
    assert_ne!(peers.body["data"][0]["name"], "Mallory");
}

async fn epoch(kit: &Kit, callers: &[Caller]) -> String {
    let person = callers.iter().find_map(|caller| caller.person.as_ref()).unwrap();
    let (socket, welcome) = kit.gateway(0).greeted(person).await;
    socket.close().await;
    welcome["epoch"].as_str().unwrap().to_owned()
}

/// Puts ids in the place of their names in braces; `{new}` is one that nobody has used.
fn fill(template: &str, ids: &Ids) -> String {
    let new = template.replace("{new}", &Uuid::now_v7().to_string());
    ids.iter()
        .fold(new, |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
}

/// Adds one's own ids beside those asked for.
fn with_own(mut ids: Ids, own: &Ids) -> Ids {
    const MINE: [(&str, &str); 5] = [
        ("conversation", "my.conversation"),
        ("trainer", "my.trainer"),
        ("client", "my.client"),
        ("booking", "my.booking"),
        ("signature", "my.signature"),
    ];
    for (name, mine) in MINE {
        ids.extend(own.get(name).map(|id| (mine, id.clone())));
    }
    ids
}
