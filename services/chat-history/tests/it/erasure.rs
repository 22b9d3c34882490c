//! What an erased person leaves in the log: order, and nothing else.

use protocol::{ErrorCode, MessageId, emoji::Emoji, internal::Action};
use sqlx::PgPool;

use chat_history::{Parts, erase};

use crate::rig::{Person, Rig, client, trainer};

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_persons_messages_become_tombstones_in_their_places() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for (from, to, text) in [(anna, tom, "one"), (tom, anna, "two"), (anna, tom, "three")] {
        rig.say(from, to, text).await;
    }
    let photo = anna.photo(tom, protocol::FileId(uuid::Uuid::new_v4()));
    rig.take(photo).await.unwrap();
    rig.take(anna.change(tom, react(2))).await.unwrap();
    mark(&rig, anna).await;

    rig.roster.erase(anna);
    finish(&rig.one).await;

    assert_eq!(
        rows(&rig.pool).await,
        [
            (1, true, false),
            (2, false, true),
            (3, true, false),
            (4, true, false)
        ],
        "seq, whether deleted, whether there is content"
    );
    let positions = "select count(distinct position) from chat.message where position > 4";
    assert_eq!(
        rig.count(positions).await,
        4,
        "each change takes a position of its own"
    );
    assert_eq!(rig.head(tom.with(anna)).await, 9);
    assert_eq!(erase::left(&rig.pool, anna.id).await.unwrap().left, 0);
    assert_eq!(rig.count("select count(*) from chat.mark").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_counted_until_nothing_is() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "one").await;
    rig.say(tom, anna, "two").await;
    rig.take(anna.change(tom, react(2))).await.unwrap();
    mark(&rig, anna).await;

    assert_eq!(erase::left(&rig.pool, anna.id).await.unwrap().left, 3);
    assert_eq!(erase::left(&rig.pool, tom.id).await.unwrap().left, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_where_one_of_the_two_is_gone_and_no_booking_opens_it() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "one").await;

    rig.roster.erase(anna);
    finish(&rig.one).await;
    rig.roster.relate(tom, anna, true);
    rig.one.relations.catch_up().await.unwrap();

    for (from, to) in [(tom, anna), (anna, tom)] {
        let refused = rig.take(from.text(to, "still there?")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReadOnly);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_erased_opens_no_conversation() {
    let rig = Rig::start().await;
    let (tom, anna) = (trainer(), client());
    rig.roster.erase(anna);
    rig.one.relations.catch_up().await.unwrap();

    // The roster, asked before it erased, knew them.
    let refused = rig.take(anna.text(tom, "hello")).await.unwrap_err();

    assert_eq!(refused.code, ErrorCode::ReadOnly);
    assert_eq!(rig.count("select count(*) from chat.conversation").await, 0);
}

/// More than one step's worth: what one replica began another one ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_dies_half_way_leaves_the_rest_to_another() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    write_many(&rig, anna, tom, 1_200).await;
    rig.say(tom, anna, "mine").await;
    rig.roster.erase(anna);
    rig.one.relations.catch_up().await.unwrap();

    rig.one.relations.eraser.step().await.unwrap();
    let half = erase::left(&rig.pool, anna.id).await.unwrap().left;
    let other = rig.replica();
    other.relations.eraser.work().await.unwrap();

    assert_eq!(half, 700, "one step takes five hundred");
    assert_eq!(erase::left(&rig.pool, anna.id).await.unwrap().left, 0);
    let seqs = "select count(*) from chat.message m where seq = (select count(*) from chat.message n where n.seq <= m.seq)";
    assert_eq!(rig.count(seqs).await, 1_201, "every place is kept");
    assert_eq!(
        rig.count("select count(*) from chat.message where deleted_at is null")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_erase_at_once_take_each_message_once() {
    let rig = Rig::start().await;
    let anna = client();
    for _ in 0..5 {
        let tom = trainer();
        rig.roster.relate(tom, anna, true);
        rig.one.relations.catch_up().await.unwrap();
        write_many(&rig, anna, tom, 700).await;
    }
    rig.roster.erase(anna);
    rig.one.relations.catch_up().await.unwrap();

    let others = [rig.replica(), rig.replica()];
    let work = [&rig.one, &others[0], &others[1]].map(|parts| parts.relations.eraser.work());
    for done in futures_util::future::join_all(work).await {
        done.unwrap();
    }
    finish(&rig.one).await;

    assert_eq!(erase::left(&rig.pool, anna.id).await.unwrap().left, 0);
    let heads = "select count(*) from chat.conversation where head = 1400";
    assert_eq!(rig.count(heads).await, 5, "each message took one position more");
}

fn react(seq: u64) -> Action {
    Action::React {
        seq,
        emoji: Emoji::parse("💪").unwrap(),
        on: true,
    }
}

async fn finish(parts: &Parts) {
    parts.relations.catch_up().await.unwrap();
    parts.relations.eraser.work().await.unwrap();
}

async fn mark(rig: &Rig, person: Person) {
    let mark = sqlx::query("insert into chat.mark select id, $1, 2, 2 from chat.conversation");
    mark.bind(person.id.0).execute(&rig.pool).await.unwrap();
}

/// Messages as if sent, without the time it takes.
async fn write_many(rig: &Rig, from: Person, to: Person, count: i32) {
    let ids: Vec<_> = (0..count).map(|_| MessageId::generate().uuid()).collect();
    let people = from.with(to);
    let rows = sqlx::query(
        "with c as (
             update chat.conversation set head = $4 where trainer_id = $1 and client_id = $2 returning id
         )
         insert into chat.message (conversation_id, seq, position, id, sender, text, content_hash, sent_at)
         select c.id, nth, nth, m.id, $3, 'hello', 'x', now()
         from c, unnest($5::uuid[]) with ordinality m(id, nth)",
    );
    rows.bind(people.trainer.0)
        .bind(people.client.0)
        .bind(from.id.0)
        .bind(i64::from(count))
        .bind(ids)
        .execute(&rig.pool)
        .await
        .unwrap();
}

async fn rows(pool: &PgPool) -> Vec<(i64, bool, bool)> {
    sqlx::query_as(
        "select seq, deleted_at is not null,
                num_nonnulls(text, attachments, reply_to, reactions, content_hash) > 0
         from chat.message order by seq",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}
