//! The database's primary is lost, and its standby takes its place.

use std::time::{Duration, Instant};

use client::device::record::Event;
use e2e::talk::Talk;
use testkit::{Kit, Options};

use crate::grown::grown;

/// The promise is 10 s; the rest is for a busy machine.
const RESUMED: Duration = Duration::from_secs(20);
/// Generous: a refusal takes three seconds.
const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_failover_to_the_standby_loses_no_acknowledged_message_and_sends_resume() {
    let kit = Kit::start(with_standby().unlimited()).await;
    let mut talk = Talk::begin(&kit).await;
    let conversation = talk.conversation();

    let resumed = talk
        .throughout(Box::pin(async {
            grown(&kit, conversation, 50).await;
            let lost = Instant::now();
            kit.fail_over().await;
            grown(&kit, conversation, 1).await;
            let resumed = lost.elapsed();
            grown(&kit, conversation, 50).await;
            kit.copy_again().await;
            grown(&kit, conversation, 50).await;
            kit.fail_over().await;
            grown(&kit, conversation, 50).await;
            resumed
        }))
        .await;

    println!("the log grew again within {resumed:?} of the loss of its primary");
    assert!(resumed < RESUMED, "took {resumed:?}");
    let verdict = talk.verdict(&kit).await;
    assert!(verdict.anomalies.is_empty(), "{verdict:?}");
    assert!(verdict.acked >= 200, "{verdict:?}");
}

#[tokio::test]
async fn nothing_is_acknowledged_that_the_standby_does_not_have() {
    let kit = Kit::start(with_standby()).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;

    kit.stop_standby().await;
    let id = phone.send_text("only here").await;
    // Refused as the commit waits for longer than anybody does, it is sent again, and is there already.
    let asked = |event: &Event| matches!(event, Event::Attempted { .. });
    phone
        .wait_within("another attempt", SOON, |state| {
            state.record().iter().filter(|event| asked(event)).count() > 1
        })
        .await;
    until(|| waits(&kit)).await;
    assert!(
        phone.state().answer(id).is_none(),
        "acknowledged, and the standby does not have it"
    );
    kit.history(0).kill();
    kit.history(0).restart().await;
    kit.resume_standby().await;
    let ack = phone.expect_ack(id).await;
    assert!(ack.duplicate);
    desk.expect_text("only here").await;
    kit.fail_over().await;
    let rows = kit.log(anna.conversation()).await;
    assert_eq!(rows.len(), 1);
}

fn with_standby() -> Options {
    Options {
        gateways: 2,
        standby: true,
        ..Options::default()
    }
}

/// Whether a commit waits for the standby.
async fn waits(kit: &Kit) -> bool {
    let waiting = "select exists (select from pg_stat_activity where wait_event = 'SyncRep')";
    let found: Result<bool, _> = sqlx::query_scalar(waiting).fetch_one(kit.pool()).await;
    found.is_ok_and(|found| found)
}

async fn until<F: Future<Output = bool>>(happens: impl FnMut() -> F) {
    sandbox::until("the database", SOON, happens).await.unwrap();
}
