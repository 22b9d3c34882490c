//! Search against a real PostgreSQL: what is found, in which order, and what is found no more.

use std::{collections::BTreeSet, time::Duration};

use chat_history::{
    failure::Error,
    search::{Answer, Cursor, PAGE, Question, Terms, digest::Digester},
};
use protocol::{ConversationId, ErrorCode, http::Highlight};
use time::OffsetDateTime;

use crate::rig::{Person, Rig, client, trainer};

const WITHIN: Duration = Duration::from_mins(1);

fn question(person: Person, q: &str) -> Question {
    Question {
        user: person.id,
        role: person.role,
        terms: Terms::parse(q).unwrap(),
        conversation: None,
        after: None,
    }
}

async fn ask(rig: &Rig, question: &Question) -> Answer {
    rig.one.searches.answer(question).await.unwrap()
}

/// The texts of all pages.
async fn texts(rig: &Rig, mut question: Question) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let answer = ask(rig, &question).await;
        assert!(answer.found.len() <= PAGE);
        texts.extend(answer.found.into_iter().map(|found| found.message.text.unwrap()));
        question.after = answer.next;
        if question.after.is_none() {
            return texts;
        }
    }
}

/// Digests everything, without waiting for the background.
async fn digested(rig: &Rig) {
    let pool = rig.pool.clone();
    Digester { pool }.once().await.unwrap();
}

#[tokio::test]
async fn words_and_beginnings_are_found_newest_first_in_ones_own_conversations_alone() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let (eva, max) = rig.booked().await;
    for text in ["Zoë trains", "nothing", "ZOE again, retrained"] {
        rig.say(anna, tom, text).await;
    }
    rig.say(max, eva, "Zoe and training elsewhere").await;

    for person in [tom, anna] {
        let answer = ask(&rig, &question(person, "zoe")).await;
        let shown: Vec<_> = answer
            .found
            .iter()
            .map(|found| (found.message.text.as_deref().unwrap(), found.highlight[0]))
            .collect();
        let highlight = Highlight { start: 0, end: 3 };
        assert_eq!(
            shown,
            [("ZOE again, retrained", highlight), ("Zoë trains", highlight)]
        );
        assert_eq!(answer.next, None);
    }
    assert_eq!(texts(&rig, question(tom, "train zo")).await, ["Zoë trains"]);
    assert!(texts(&rig, question(trainer(), "zoe")).await.is_empty());
}

#[tokio::test]
async fn a_search_may_stay_in_one_conversation_of_ones_own() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let ben = client();
    rig.roster.relate(tom, ben, true);
    rig.one.relations.catch_up().await.unwrap();
    rig.say(anna, tom, "squats").await;
    rig.say(ben, tom, "squats too").await;
    let within = |people: ConversationId| Question {
        conversation: Some(people),
        ..question(tom, "squat")
    };

    assert_eq!(texts(&rig, within(tom.with(ben))).await, ["squats too"]);
    let absent = rig.one.searches.answer(&within(tom.with(client()))).await;
    let refusal = protocol::error::Refusal::from(absent.unwrap_err());
    assert_eq!(refusal.code, protocol::ErrorCode::NotFound);
}

#[tokio::test]
async fn a_text_that_was_edited_or_deleted_is_gone_at_once_from_what_is_known_of_it_too() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for n in 0..80 {
        rig.say(anna, tom, &format!("number {n} deadlift")).await;
    }
    digested(&rig).await;
    let known = "select count(*) from chat.stretch where not stale";
    assert_eq!(rig.count(known).await, 3);
    let ones = "select count(*) from chat.stretch where slices = array_fill(-1, array[256])";
    assert_eq!(rig.count(ones).await, 0);

    rig.take(anna.edit(tom, 5, "marathon instead")).await.unwrap();
    rig.take(anna.delete(tom, 40)).await.unwrap();

    assert_eq!(texts(&rig, question(tom, "marathon")).await, ["marathon instead"]);
    assert_eq!(texts(&rig, question(tom, "deadlift")).await.len(), 78);
    assert_eq!(rig.count(ones).await, 2, "no trace of what was there");
    digested(&rig).await;
    assert_eq!(rig.count(known).await, 3);
    assert_eq!(texts(&rig, question(tom, "marathon")).await, ["marathon instead"]);
    assert_eq!(texts(&rig, question(tom, "deadlift")).await.len(), 78);
}

#[tokio::test]
async fn pages_hold_every_match_once_and_in_order_whatever_is_known() {
    let rig = Rig::start().await;
    let tom = trainer();
    let clients: Vec<Person> = (0..7).map(|_| client()).collect();
    for anna in &clients {
        rig.roster.relate(tom, *anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();
    let mut said = BTreeSet::new();
    for n in 0..400 {
        let (anna, text) = (clients[n * n % 7], format!("{n} push"));
        rig.say(anna, tom, if n % 3 == 0 { "rest" } else { &text }).await;
        if n % 3 != 0 {
            said.insert(text);
        }
        if n == 250 {
            digested(&rig).await;
        }
    }

    let found = texts(&rig, question(tom, "push")).await;

    assert_eq!(found.len(), said.len());
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), said);
    let numbers: Vec<u32> = found
        .iter()
        .map(|text| text.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one > next), "{numbers:?}");
}

#[tokio::test]
async fn what_people_write_is_digested_by_itself() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;

    for n in 0..70 {
        rig.say(anna, tom, &format!("number {n}")).await;
    }

    let made = sandbox::until("what was written to be known", WITHIN, || async {
        rig.count("select coalesce(max(until), 0) from chat.stretch")
            .await
            >= 64
    });
    made.await.unwrap();
}

#[tokio::test]
async fn an_erased_persons_words_are_found_no_more() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for _ in 0..40 {
        rig.say(anna, tom, "a secret of Anna").await;
        rig.say(tom, anna, "an answer").await;
    }
    digested(&rig).await;

    rig.roster.erase(anna);
    rig.one.relations.catch_up().await.unwrap();
    rig.one.relations.eraser.work().await.unwrap();

    assert!(texts(&rig, question(tom, "secret")).await.is_empty());
    assert_eq!(texts(&rig, question(tom, "answer")).await.len(), 40);
    digested(&rig).await;
    assert!(texts(&rig, question(tom, "secret")).await.is_empty());
}

/// At any moment as many stretches overlap as there are conversations.
#[tokio::test]
async fn a_search_through_six_hundred_conversations_is_read_to_its_end() {
    let rig = Rig::start().await;
    let tom = trainer();
    sqlx::query(
        "with c as (
             insert into chat.conversation
                 (trainer_id, client_id, head, related, answered, access_changed_at, last_activity_at)
             select $1, gen_random_uuid(), 70, true, true, now(), now()
             from generate_series(1, 600)
             returning id
         )
         insert into chat.message (conversation_id, seq, position, id, sender, text, sent_at)
         select c.id, n, n, overlay(gen_random_uuid()::text placing '7' from 15)::uuid, $1,
                case when n % 10 = 0 then 'push' else 'rest' end,
                now() - make_interval(mins => 70 - n, secs => (c.id % 60)::int)
         from c, generate_series(1, 70) n",
    )
    .bind(tom.id.0)
    .execute(&rig.pool)
    .await
    .unwrap();
    sqlx::query("update chat.conversation set head = 64")
        .execute(&rig.pool)
        .await
        .unwrap();
    digested(&rig).await;
    sqlx::query("update chat.conversation set head = 70")
        .execute(&rig.pool)
        .await
        .unwrap();

    let (mut question, mut times) = (question(tom, "push"), Vec::new());
    loop {
        let answer = ask(&rig, &question).await;
        times.extend(answer.found.iter().map(|found| found.message.sent_at));
        question.after = answer.next;
        if question.after.is_none() {
            break;
        }
    }

    assert_eq!(times.len(), 600 * 7);
    assert!(times.is_sorted_by(|one, next| one >= next));
}

#[tokio::test]
async fn a_third_search_at_once_waits_half_a_second_and_is_told_so() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(anna, tom, "push").await;
    let mut lock = rig.pool.begin().await.unwrap();
    sqlx::query("lock table chat.stretch in access exclusive mode")
        .execute(&mut *lock)
        .await
        .unwrap();
    let (q, searches) = (question(tom, "push"), &rig.one.searches);

    let (first, second, third) = tokio::join!(searches.answer(&q), searches.answer(&q), async {
        let third = searches.answer(&q).await;
        lock.commit().await.unwrap();
        third
    });

    let Err(Error::Refused(refusal)) = third else {
        panic!("it found what it could not read");
    };
    assert_eq!(refusal.code, ErrorCode::Overloaded);
    assert_eq!((first.unwrap().found.len(), second.unwrap().found.len()), (1, 1));
    assert_eq!(ask(&rig, &q).await.found.len(), 1);
}

#[test]
fn a_cursor_reads_back_and_nothing_else_does() {
    let cursor = Cursor {
        sent_at: OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(1_234_567),
        conversation: 12,
        seq: i64::MAX,
    };

    assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    for raw in [
        "",
        "1-2",
        "1-2-x",
        "99999999999999999999-1-1",
        "-1-2",
        "9223372036854775807-1-1",
    ] {
        assert!(raw.parse::<Cursor>().is_err(), "{raw}");
    }
}
