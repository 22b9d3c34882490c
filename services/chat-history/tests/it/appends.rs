//! What an append promises, under concurrency.

use std::{sync::Arc, time::Duration};

use bus::{ChatKind, Pattern};
use futures_util::{StreamExt, future::join_all};
use protocol::{ErrorCode, FileId, error::Role, frame::ServerFrame};
use sqlx::Row;
use tokio::{task::JoinSet, time::timeout};
use uuid::Uuid;

use crate::rig::{Rig, client, trainer};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn one_id_from_eight_writers_of_two_replicas_is_one_message() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let other = rig.replica();
    let change = anna.text(tom, "hello");

    let sends = (0..8).map(|n| {
        let intake = if n % 2 == 0 {
            &rig.one.intake
        } else {
            &other.intake
        };
        intake.take(change.clone())
    });
    let acks: Vec<_> = join_all(sends).await.into_iter().map(Result::unwrap).collect();

    assert_eq!(acks.iter().filter(|ack| !ack.duplicate).count(), 1);
    assert!(
        acks.iter()
            .all(|ack| (ack.seq, ack.position) == (Some(1), Some(1)))
    );
    assert!(acks.iter().all(|ack| ack.sent_at == acks[0].sent_at));
    assert_eq!(rig.count("select count(*) from chat.message").await, 1);
    assert_eq!(rig.head(anna.with(tom)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_have_no_gaps_under_overlapping_batches_of_two_replicas() {
    const PAIRS: usize = 12;
    const TASKS: usize = 16;
    const EACH: usize = 40;
    let rig = Rig::start().await;
    let other = rig.replica();
    let (trainers, clients): (Vec<_>, Vec<_>) = (0..PAIRS).map(|_| (trainer(), client())).unzip();
    for (tom, anna) in trainers.iter().zip(&clients) {
        rig.roster.relate(*tom, *anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();

    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let intake = if task % 2 == 0 {
            rig.one.intake.clone()
        } else {
            other.intake.clone()
        };
        let (trainers, clients) = (trainers.clone(), clients.clone());
        tasks.spawn(async move {
            for n in 0..EACH {
                // Neighbouring tasks walk the conversations in opposite directions.
                let pair = if task % 4 < 2 {
                    n % PAIRS
                } else {
                    PAIRS - 1 - n % PAIRS
                };
                intake
                    .take(trainers[pair].text(clients[pair], "x"))
                    .await
                    .unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }

    let rows = sqlx::query(
        "select c.head, count(m.seq), min(m.seq), max(m.seq), max(m.position)
         from chat.conversation c join chat.message m on m.conversation_id = c.id group by c.id",
    );
    let mut total = 0;
    for row in rows.fetch_all(&rig.pool).await.unwrap() {
        let head: i64 = row.get(0);
        assert_eq!((row.get::<i64, _>(1), row.get::<i64, _>(2)), (head, 1));
        assert_eq!((row.get::<i64, _>(3), row.get::<i64, _>(4)), (head, head));
        total += head;
    }
    assert_eq!(total, i64::try_from(TASKS * EACH).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_waited_for_the_lock_finds_what_was_stored_meanwhile() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let first = rig.say(anna, tom, "hello").await;
    let mut held = rig.pool.begin().await.unwrap();
    sqlx::query("select from chat.conversation for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let change = anna.text(tom, "again");
    let protocol::internal::Action::Send { id, .. } = &change.action else {
        panic!()
    };

    let waiting = tokio::task::JoinSet::from_iter([{
        let (intake, change) = (rig.one.intake.clone(), change.clone());
        async move { intake.take(change).await }
    }]);
    until_someone_waits(&rig).await;
    // What another replica commits while the first waits: the same id, with the row's own content.
    sqlx::query(
        "insert into chat.message (conversation_id, seq, position, id, sender, sent_at)
         select conversation_id, 2, 2, $1, sender, sent_at from chat.message where seq = 1",
    )
    .bind(id.uuid())
    .execute(&mut *held)
    .await
    .unwrap();
    sqlx::query("update chat.conversation set head = 2")
        .execute(&mut *held)
        .await
        .unwrap();
    held.commit().await.unwrap();

    let ack = waiting.join_all().await.remove(0).unwrap();
    assert_eq!((ack.seq, ack.duplicate), (Some(2), true));
    assert_eq!(first.seq, Some(1));
    assert_eq!(rig.head(anna.with(tom)).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_stays_locked_fails_alone() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let (tim, ben) = rig.booked().await;
    let mut held = rig.pool.begin().await.unwrap();
    sqlx::query("select from chat.conversation where trainer_id = $1 for update")
        .bind(tom.id.0)
        .execute(&mut *held)
        .await
        .unwrap();

    let stuck = (0..5).map(|_| rig.take(anna.text(tom, "stuck")));
    let free = (0..20).map(|_| rig.take(ben.text(tim, "free")));
    let (stuck, free) = tokio::join!(join_all(stuck), join_all(free));

    assert!(free.into_iter().all(|ack| ack.is_ok()));
    assert!(
        stuck
            .into_iter()
            .all(|ack| ack.unwrap_err().code == ErrorCode::Unavailable)
    );
    held.rollback().await.unwrap();
    assert_eq!(rig.say(anna, tom, "free again").await.seq, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_item_never_fails_its_neighbours() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    sqlx::query("alter table chat.message add check (text <> 'poison')")
        .execute(&rig.pool)
        .await
        .unwrap();

    let sends = (0..40).map(|n| rig.take(anna.text(tom, if n == 20 { "poison" } else { "fine" })));
    let answers = join_all(sends).await;

    let refused: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].code, ErrorCode::Internal);
    assert_eq!(rig.head(anna.with(tom)).await, 39);
    assert_eq!(rig.count("select count(*) from chat.message").await, 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_answered_alike_for_ever() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let send = anna.text(tom, "hello");
    let first = rig.take(send.clone()).await.unwrap();
    let again = protocol::frame::Ack {
        duplicate: true,
        ..first.clone()
    };

    rig.take(anna.edit(tom, 1, "hello!")).await.unwrap();
    assert_eq!(rig.take(send.clone()).await.unwrap(), again);
    rig.take(anna.delete(tom, 1)).await.unwrap();
    assert_eq!(rig.replica().intake.take(send.clone()).await.unwrap(), again);

    let protocol::internal::Action::Send { id, .. } = send.action else {
        panic!()
    };
    let stolen = rig.take(tom.post(anna, id, "hello")).await.unwrap_err();
    assert_eq!(stolen.code, ErrorCode::IdempotencyConflict);
    assert_eq!(rig.head(anna.with(tom)).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_leaves_nothing_in_any_table() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let file = FileId(Uuid::new_v4());
    rig.say(tom, anna, "xylophone-1").await;
    rig.take(tom.edit(anna, 1, "xylophone-2")).await.unwrap();
    rig.take(tom.photo(anna, file)).await.unwrap();
    let hash: String =
        sqlx::query_scalar("select encode(content_hash, 'hex') from chat.message where seq = 1")
            .fetch_one(&rig.pool)
            .await
            .unwrap();
    let traces = [
        "xylophone".to_owned(),
        file.to_string(),
        "front.jpg".to_owned(),
        hash,
    ];
    for trace in &traces {
        assert_eq!(rows_with(&rig, trace).await, 1, "{trace} should be found before");
    }

    rig.take(tom.delete(anna, 1)).await.unwrap();
    rig.take(tom.delete(anna, 3)).await.unwrap();

    for trace in &traces {
        assert_eq!(rows_with(&rig, trace).await, 0, "{trace}");
    }
    let seqs = "select count(*) from chat.message where seq in (1, 3) and deleted_at is not null and sender is not null";
    assert_eq!(rig.count(seqs).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_rings_with_its_final_bytes_and_a_duplicate_rings_the_head() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let mut heard = rig
        .bus
        .subscribe(Pattern::person(tom.id, Role::Trainer).unwrap())
        .await
        .unwrap();
    let send = anna.text(tom, "hello");

    rig.take(send.clone()).await.unwrap();
    rig.take(anna.edit(tom, 1, "hello!")).await.unwrap();
    rig.take(send).await.unwrap();

    for (position, text) in [(1, "hello"), (2, "hello!")] {
        let event = timeout(SOON, heard.next()).await.unwrap().unwrap();
        assert_eq!(
            bus::subject::parse_chat(&event.subject),
            Some((ChatKind::Event, anna.with(tom)))
        );
        assert_eq!(event.headers.position, Some(position));
        assert!(event.headers.epoch.is_some());
        let frame: ServerFrame = serde_json::from_slice(&event.payload).unwrap();
        let ServerFrame::Message { message, .. } = frame else {
            panic!()
        };
        assert_eq!(
            (message.seq, message.position, message.text.as_deref()),
            (1, position, Some(text))
        );
    }
    let head = timeout(SOON, heard.next()).await.unwrap().unwrap();
    assert_eq!(
        bus::subject::parse_chat(&head.subject),
        Some((ChatKind::Head, anna.with(tom)))
    );
    assert_eq!((head.headers.position, head.payload.len()), (Some(2), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_carries_links_that_are_signed_when_it_is_shown() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let mut heard = rig.bus.subscribe(Pattern::every_conversation()).await.unwrap();

    rig.take(anna.photo(tom, FileId(Uuid::new_v4()))).await.unwrap();

    let event = timeout(SOON, heard.next()).await.unwrap().unwrap();
    let ServerFrame::Message { message, .. } = serde_json::from_slice(&event.payload).unwrap() else {
        panic!()
    };
    let photo = &message.attachments[0];
    assert!(photo.url.as_deref().is_some_and(|url| url.contains("/full?exp=")));
    assert!(
        photo
            .thumbnail_url
            .as_deref()
            .is_some_and(|url| url.contains("/thumb?exp="))
    );
    assert_eq!(rows_with(&rig, "sig=").await, 0, "links are never stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_changes_at_once_are_refused_not_queued_without_end() {
    let rig = Arc::new(Rig::start().await);
    let (tom, anna) = rig.booked().await;
    let mut held = rig.pool.begin().await.unwrap();
    sqlx::query("set local idle_in_transaction_session_timeout = 0")
        .execute(&mut *held)
        .await
        .unwrap();
    sqlx::query("select from chat.conversation for update")
        .execute(&mut *held)
        .await
        .unwrap();

    let answers = join_all((0..1_500).map(|_| rig.take(anna.text(tom, "x")))).await;

    let refused = |code| {
        answers
            .iter()
            .filter(|answer| answer.as_ref().is_err_and(|it| it.code == code))
            .count()
    };
    assert!(refused(ErrorCode::Overloaded) > 100);
    assert_eq!(
        refused(ErrorCode::Overloaded) + refused(ErrorCode::Unavailable),
        1_500
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_changed_in_place_and_no_index_grows_with_it() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;

    let updates = "select n_tup_upd from pg_stat_user_tables where relid = 'chat.conversation'::regclass";
    // A writer tells what it counted once a second, with its next commit.
    let counted = || async {
        rig.say(anna, tom, "and on").await;
        rig.count(updates).await >= 20
    };
    sandbox::until("the statistics", SOON, counted).await.unwrap();

    let elsewhere = "select n_tup_upd - n_tup_hot_upd from pg_stat_user_tables
                     where relid = 'chat.conversation'::regclass";
    assert_eq!(rig.count(elsewhere).await, 0);
}

/// Rows of any table in the schema whose text holds `word`.
async fn rows_with(rig: &Rig, word: &str) -> i64 {
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'chat'::regnamespace and relkind = 'r'",
    )
    .fetch_all(&rig.pool)
    .await
    .unwrap();
    let mut found = 0;
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!(
            "select count(*) from chat.{table} t where t::text like '%' || $1 || '%'"
        ));
        let rows: i64 = sqlx::query_scalar(sql)
            .bind(word)
            .fetch_one(&rig.pool)
            .await
            .unwrap();
        found += rows;
    }
    found
}

async fn until_someone_waits(rig: &Rig) {
    let waits = || async { rig.count("select count(*) from pg_locks where not granted").await > 0 };
    sandbox::until("a writer waits", SOON, waits).await.unwrap();
}
