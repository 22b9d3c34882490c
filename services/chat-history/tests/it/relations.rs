//! The roster's relations become who may write.

use std::time::Duration;

use bus::{ChatKind, Pattern};
use futures_util::{StreamExt, future::join_all};
use protocol::{ErrorCode, error::Role, frame::ServerFrame};
use tokio::time::timeout;

use crate::rig::{Rig, client, trainer};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_opens_the_conversation_and_its_end_closes_the_trainers_side() {
    let rig = Rig::start().await;
    let (tom, anna) = (trainer(), client());
    let mut heard = rig
        .bus
        .subscribe(Pattern::person(anna.id, Role::User).unwrap())
        .await
        .unwrap();

    rig.roster.relate(tom, anna, true);
    rig.one.relations.catch_up().await.unwrap();
    let mut told = Vec::new();
    for _ in 0..2 {
        let message = timeout(SOON, heard.next()).await.unwrap().unwrap();
        assert_eq!(message.headers.position, Some(1), "the access version");
        told.push(access(&message));
    }
    assert_eq!(told, [(tom.id, true), (anna.id, true)]);

    rig.roster.relate(tom, anna, false);
    rig.one.relations.catch_up().await.unwrap();
    assert_eq!(
        access(&timeout(SOON, heard.next()).await.unwrap().unwrap()),
        (tom.id, false)
    );
    assert_eq!(
        rig.take(tom.text(anna, "come back")).await.unwrap_err().code,
        ErrorCode::ReadOnly
    );

    rig.say(anna, tom, "I might").await;
    let event = timeout(SOON, heard.next()).await.unwrap().unwrap();
    assert_eq!(event.headers.position, Some(1));
    assert_eq!(
        access(&timeout(SOON, heard.next()).await.unwrap().unwrap()),
        (tom.id, true)
    );
    rig.say(tom, anna, "good").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_replicas_apply_each_change_once() {
    let rig = Rig::start().await;
    let other = rig.replica();
    let pairs: Vec<_> = (0..700).map(|_| (trainer(), client())).collect();
    for (tom, anna) in &pairs {
        rig.roster.relate(*tom, *anna, true);
    }

    let pulls = [&rig.one, &other, &rig.one, &other].map(|parts| parts.relations.catch_up());
    for pulled in join_all(pulls).await {
        pulled.unwrap();
    }

    assert_eq!(
        rig.count("select count(*) from chat.conversation where related and access_version = 1")
            .await,
        700
    );
    assert_eq!(
        rig.count("select number from chat.follow where name = 'roster.changes'")
            .await,
        700
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pullers_in_a_race_apply_each_page_once_and_none_too_late() {
    let pairs: Vec<_> = (0..40).map(|_| (trainer(), client())).collect();
    let mut outcomes = Vec::new();
    for pullers in [1, 8] {
        let rig = Rig::start().await;
        for round in 0..70 {
            for (nth, (tom, anna)) in pairs.iter().enumerate() {
                rig.roster.relate(*tom, *anna, (round + nth / 3) % 2 == 0);
            }
        }
        let pulls = (0..pullers).map(|_| rig.one.relations.catch_up());
        assert!(join_all(pulls).await.into_iter().all(|pulled| pulled.is_ok()));
        let state: Vec<(uuid::Uuid, bool, i32)> =
            sqlx::query_as("select trainer_id, related, access_version from chat.conversation order by 1")
                .fetch_all(&rig.pool)
                .await
                .unwrap();
        outcomes.push(state);
    }

    // As many changes of who may write as when one replica pulls alone.
    assert_eq!(outcomes[0].len(), pairs.len());
    assert_eq!(outcomes[0], outcomes[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_and_relations_of_the_same_conversations_do_not_block_each_other() {
    let rig = Rig::start().await;
    let pairs: Vec<_> = (0..30).map(|_| (trainer(), client())).collect();
    for (tom, anna) in &pairs {
        rig.roster.relate(*tom, *anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();
    for round in 0..6 {
        for (tom, anna) in pairs.iter().rev() {
            rig.roster.relate(*tom, *anna, round % 2 == 1);
        }
    }

    let sends = pairs
        .iter()
        .cycle()
        .take(300)
        .map(|(tom, anna)| rig.take(anna.text(*tom, "x")));
    let (pulled, answers) = tokio::join!(rig.one.relations.catch_up(), join_all(sends));

    pulled.unwrap();
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
}

/// Lost, invented and half-true rows, and a number that is far ahead.
#[tokio::test(flavor = "multi_thread")]
async fn a_projection_in_whatever_state_is_rebuilt_from_the_rosters_list() {
    let rig = Rig::start().await;
    let pairs: Vec<_> = (0..1_200).map(|_| (trainer(), client())).collect();
    for (n, (tom, anna)) in pairs.iter().enumerate() {
        rig.roster.relate(*tom, *anna, true);
        if n % 3 == 0 {
            rig.roster.relate(*tom, *anna, false);
        }
        if n % 4 == 0 {
            rig.roster.block(*tom, *anna, (Role::User, true));
        }
    }
    rig.one.relations.catch_up().await.unwrap();
    let before = projection(&rig).await;
    let (tom, anna) = (trainer(), client());
    rig.take(anna.text(tom, "a stranger")).await.unwrap();
    for damage in [
        "delete from chat.conversation where id % 5 = 0 and client_wrote = false",
        "update chat.conversation set related = not related, answered = false where id % 5 = 1",
        "update chat.conversation set client_blocks = not client_blocks, trainer_blocks = true where id % 5 = 2",
        "update chat.conversation set related = true where client_wrote",
        "update chat.follow set number = 900000",
    ] {
        sqlx::query(damage).execute(&rig.pool).await.unwrap();
    }
    assert_ne!(projection(&rig).await, before);

    rig.one.relations.rebuild().await.unwrap();

    let mut rebuilt = projection(&rig).await;
    rebuilt.retain(|row| row.0 != tom.id.0);
    assert_eq!(rebuilt, before);
    let strangers = "select count(*) from chat.conversation where client_wrote and not related";
    assert_eq!(
        rig.count(strangers).await,
        1,
        "what the list does not know is taken back"
    );
    let (eva, ben) = (trainer(), client());
    rig.roster.relate(eva, ben, true);
    rig.one.relations.catch_up().await.unwrap();
    rig.say(eva, ben, "the list is followed from its end").await;
}

async fn projection(rig: &Rig) -> Vec<(uuid::Uuid, bool, bool, bool, bool)> {
    sqlx::query_as(
        "select trainer_id, related, answered, trainer_blocks, client_blocks from chat.conversation order by 1",
    )
    .fetch_all(&rig.pool)
    .await
    .unwrap()
}

fn access(message: &bus::Message) -> (protocol::UserId, bool) {
    let kind = bus::subject::parse_chat(&message.subject).map(|(kind, _)| kind);
    assert_eq!(kind, Some(ChatKind::Access));
    match serde_json::from_slice(&message.payload).unwrap() {
        ServerFrame::Access {
            user_id, can_send, ..
        } => (user_id, can_send),
        other => panic!("{other:?}"),
    }
}
