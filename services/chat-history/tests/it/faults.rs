//! The database and the broker go away and come back.

use std::time::{Duration, Instant};

use chat_history::database;
use protocol::{ErrorCode, FileId};
use sandbox::{Postgres, PostgresOptions};
use uuid::Uuid;

use crate::rig::{Rig, client, trainer};

async fn own() -> (Postgres, Rig) {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    postgres.prepare("postgres").await.unwrap();
    let url = postgres.url("postgres");
    database::migrate(url.parse().unwrap()).await.unwrap();
    let rig = Rig::on(&url).await;
    (postgres, rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_refuses_and_comes_back_with_every_acknowledged_message() {
    let (mut postgres, rig) = own().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "before").await;

    postgres.kill();
    let during = rig.take(anna.text(tom, "during")).await.unwrap_err();
    assert_eq!(during.code, ErrorCode::Unavailable);

    postgres.restart().await.unwrap();
    let after = Instant::now();
    assert_eq!(rig.say(anna, tom, "after").await.seq, Some(2));
    assert!(after.elapsed() < Duration::from_secs(2));
    assert_eq!(rig.count("select count(*) from chat.message").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_idled_through_a_restart_cost_nobody_a_message() {
    let (mut postgres, rig) = own().await;
    let pairs = [rig.booked().await, rig.booked().await, rig.booked().await];
    for (tom, anna) in pairs {
        rig.say(anna, tom, "before").await;
    }

    postgres.kill();
    postgres.restart().await.unwrap();

    for (tom, anna) in pairs {
        assert_eq!(rig.say(anna, tom, "after").await.seq, Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_waited_for_only_so_long() {
    let (mut postgres, rig) = own().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "before").await;

    postgres.stop().unwrap();
    for _ in 0..2 {
        let asked = Instant::now();
        let refused = rig.take(anna.text(tom, "during")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unavailable);
        assert!(asked.elapsed() < Duration::from_secs(5));
    }

    postgres.resume().unwrap();
    let resumed = Instant::now();
    rig.say(anna, tom, "after").await;
    assert!(resumed.elapsed() < Duration::from_secs(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_broker_text_still_goes_out_and_the_rest_is_refused() {
    let mut rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "before").await;
    rig.nats.kill();
    let mut status = rig.bus.status();
    tokio::time::timeout(Duration::from_secs(5), status.wait_for(|status| !status.live))
        .await
        .unwrap()
        .unwrap();

    let asked = Instant::now();
    assert_eq!(rig.say(anna, tom, "during").await.seq, Some(2));
    assert!(asked.elapsed() < Duration::from_secs(1));
    let photo = rig
        .take(anna.photo(tom, FileId(Uuid::new_v4())))
        .await
        .unwrap_err();
    let contact = rig.take(client().text(trainer(), "hello?")).await.unwrap_err();
    assert_eq!(
        (photo.code, contact.code),
        (ErrorCode::Unavailable, ErrorCode::Unavailable)
    );
    assert_eq!(rig.count("select count(*) from chat.conversation").await, 1);
}
