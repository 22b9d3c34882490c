//! A client writes to a trainer whom nothing joins to them.

use std::time::Duration;

use bus::Subject;
use futures_util::{StreamExt, future::join_all};
use protocol::{
    ErrorCode, FileId,
    internal::{ContactMade, PullRequest},
};
use tokio::time::timeout;
use uuid::Uuid;

use crate::rig::{Rig, client, trainer};

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_writes_three_messages_until_the_trainer_answers() {
    let rig = Rig::start().await;
    let (tom, anna) = (trainer(), client());

    for seq in 1..=3 {
        assert_eq!(rig.say(anna, tom, "hello?").await.seq, Some(seq));
    }
    let fourth = rig.take(anna.text(tom, "hello??")).await.unwrap_err();
    assert_eq!(fourth.code, ErrorCode::ReadOnly);

    rig.say(tom, anna, "hello!").await;
    assert_eq!(rig.say(anna, tom, "at last").await.seq, Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_messages_are_three_however_many_are_sent_at_once() {
    let rig = Rig::start().await;
    let other = rig.replica();
    let (tom, anna) = (trainer(), client());

    let sends = (0..12).map(|n| {
        let intake = if n % 2 == 0 {
            &rig.one.intake
        } else {
            &other.intake
        };
        intake.take(anna.text(tom, "hello?"))
    });
    let answers = join_all(sends).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert!(
        answers
            .into_iter()
            .filter_map(Result::err)
            .all(|refusal| refusal.code == ErrorCode::ReadOnly)
    );
    assert_eq!(rig.count("select count(*) from chat.message").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_conversations_a_day_even_when_opened_at_once_on_two_replicas() {
    let rig = Rig::start().await;
    let other = rig.replica();
    let anna = client();

    let sends = (0..24).map(|n| {
        let intake = if n % 2 == 0 {
            &rig.one.intake
        } else {
            &other.intake
        };
        intake.take(anna.text(trainer(), "hello?"))
    });
    let answers = join_all(sends).await;

    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10);
    assert!(
        answers
            .into_iter()
            .filter_map(Result::err)
            .all(|refusal| refusal.code == ErrorCode::ReadOnly)
    );
    assert_eq!(rig.count("select count(*) from chat.conversation").await, 10);

    // Own trainers do not count, and yesterday's neither.
    let tom = trainer();
    rig.roster.relate(tom, anna, true);
    rig.one.relations.catch_up().await.unwrap();
    rig.say(anna, tom, "hello").await;
    let yesterday =
        "update chat.conversation set opened_by_contact_at = opened_by_contact_at - interval '1 day'";
    sqlx::query(yesterday).execute(&rig.pool).await.unwrap();
    rig.say(anna, trainer(), "hello?").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_send_text_only_and_leave_no_trace_when_refused() {
    let rig = Rig::start().await;
    let (tom, anna) = (trainer(), client());

    let photo = rig
        .take(anna.photo(tom, FileId(Uuid::new_v4())))
        .await
        .unwrap_err();

    assert_eq!(
        (photo.code, photo.field.as_deref()),
        (ErrorCode::ReadOnly, Some("attachments"))
    );
    assert_eq!(rig.count("select count(*) from chat.conversation").await, 0);
    rig.say(anna, tom, "hello?").await;
    let photo = rig
        .take(anna.photo(tom, FileId(Uuid::new_v4())))
        .await
        .unwrap_err();
    assert_eq!(
        (photo.code, photo.field.as_deref()),
        (ErrorCode::ReadOnly, Some("attachments"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_to_the_unknown_and_a_trainer_only_to_own_clients() {
    let rig = Rig::start().await;
    let (tom, anna, nobody) = (trainer(), client(), trainer());
    rig.roster.unknown.lock().unwrap().push(nobody.id);

    for change in [
        anna.text(nobody, "hello?"),
        tom.text(anna, "buy!"),
        anna.edit(tom, 1, "x"),
        anna.delete(tom, 1),
    ] {
        assert_eq!(rig.take(change).await.unwrap_err().code, ErrorCode::NotFound);
    }

    assert_eq!(rig.count("select count(*) from chat.conversation").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_the_projection_has_not_seen_yet_is_looked_up() {
    let rig = Rig::start().await;
    let (tom, anna) = (trainer(), client());
    rig.roster.relate(tom, anna, true);

    assert_eq!(rig.say(tom, anna, "welcome").await.seq, Some(1));
    assert_eq!(
        rig.count("select count(*) from chat.conversation where opened_by_contact_at is not null")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_numbered_without_gaps() {
    let rig = Rig::start().await;
    let other = rig.replica();
    let mut bell = rig
        .bus
        .subscribe(Subject::HISTORY_CONTACTED.into())
        .await
        .unwrap();
    let clients: Vec<_> = (0..20).map(|_| client()).collect();
    let tom = trainer();

    let sends = clients.iter().enumerate().map(|(n, anna)| {
        let intake = if n % 2 == 0 {
            &rig.one.intake
        } else {
            &other.intake
        };
        intake.take(anna.text(tom, "hello?"))
    });
    assert!(join_all(sends).await.into_iter().all(|answer| answer.is_ok()));
    rig.say(clients[0], tom, "a second message is no second contact")
        .await;

    let ask = |after, limit| PullRequest {
        after,
        limit,
        revocations_since: None,
    };
    let first = chat_history::contacts::pull(&rig.pool, ask(0, 15)).await.unwrap();
    let rest = chat_history::contacts::pull(&rig.pool, ask(first.to, 15))
        .await
        .unwrap();
    assert_eq!((first.more, first.to, rest.more, rest.to), (true, 15, false, 20));
    let made: Vec<(i64, ContactMade)> = first.items.into_iter().chain(rest.items).collect();
    assert!(made.iter().map(|(number, _)| *number).eq(1..=20));
    assert!(clients.iter().all(|anna| {
        made.iter()
            .any(|(_, made)| made.client == anna.id && made.trainer == tom.id)
    }));
    timeout(Duration::from_secs(5), bell.next())
        .await
        .unwrap()
        .unwrap();
}
