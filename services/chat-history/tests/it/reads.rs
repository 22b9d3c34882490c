//! What is read is of one moment, and pages leave nothing out.

use std::collections::BTreeMap;

use chat_history::{
    conversations, database, heads,
    history::{self, Part, Question},
    sync::{self, Page},
};
use protocol::{
    ConversationId, ErrorCode, Message, Position, Seq,
    error::Refusal,
    frame::{Reset, ServerFrame, Sync},
    internal::{HeadsRequest, HeadsSum, SyncRequest},
    limits,
};

use crate::rig::{Person, Rig};

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_changed_row_once_while_old_rows_are_edited() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    write(&rig, tom, anna, 450, "x").await;
    let mut copy: BTreeMap<Seq, Message> = BTreeMap::new();

    let (mut after, mut pages) = (0, 0);
    loop {
        let page = frame(&ask(&rig, anna.with(tom), after).await.unwrap());
        assert_eq!((page.from, page.reset), (after, None));
        assert!(page.messages.is_sorted_by_key(|message| message.position));
        assert!(
            page.messages
                .iter()
                .all(|message| message.position > after && message.position <= page.to)
        );
        if page.more {
            assert_eq!(
                page.messages.last().map(|message| message.position),
                Some(page.to)
            );
            // A row of a page that was read moves behind those that were not.
            rig.take(tom.edit(anna, 1 + pages, "changed")).await.unwrap();
        }
        for message in page.messages {
            copy.insert(message.seq, message);
        }
        (after, pages) = (page.to, pages + 1);
        if !page.more {
            break;
        }
    }

    assert_eq!((pages, after), (3, 452));
    assert_eq!(i64::try_from(after).unwrap(), rig.head(anna.with(tom)).await);
    let stored: Vec<(i64, i64, Option<String>)> =
        sqlx::query_as("select seq, position, text from chat.message order by seq")
            .fetch_all(&rig.pool)
            .await
            .unwrap();
    let copied: Vec<_> = copy
        .into_values()
        .map(|it| (it.seq.cast_signed(), it.position.cast_signed(), it.text))
        .collect();
    assert_eq!(copied, stored);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_at_its_bytes_and_still_moves_on() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for _ in 0..20 {
        rig.say(tom, anna, &"💪".repeat(limits::TEXT_CHARS)).await;
    }

    let first = ask(&rig, anna.with(tom), 0).await.unwrap();
    assert!(serde_json::to_vec(&first).unwrap().len() <= limits::SERVER_FRAME_BYTES);
    let (first, rest) = (
        frame(&first),
        frame(&ask(&rig, anna.with(tom), first.to).await.unwrap()),
    );

    assert!(first.more && first.messages.len() >= 15 && first.messages.len() < 20);
    assert_eq!(first.messages.len() + rest.messages.len(), 20);
    assert_eq!((rest.to, rest.more), (20, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_too_far_behind_or_ahead_starts_over() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let most = i64::try_from(limits::SYNC_TOO_FAR).unwrap();
    fill(&rig, most + 1).await;

    let reset = |page: &Page| (page.reset, page.to, page.messages.len(), page.more);
    let head = limits::SYNC_TOO_FAR as u64 + 1;
    assert_eq!(
        reset(&ask(&rig, anna.with(tom), 0).await.unwrap()),
        (Some(Reset::TooFar), head, 0, false)
    );
    assert_eq!(ask(&rig, anna.with(tom), 1).await.unwrap().reset, None);
    assert_eq!(
        reset(&ask(&rig, anna.with(tom), head + 1).await.unwrap()),
        (Some(Reset::Ahead), head, 0, false)
    );

    // Many changes of few rows are not far.
    sqlx::query("delete from chat.message where seq < $1")
        .bind(most)
        .execute(&rig.pool)
        .await
        .unwrap();
    let page = ask(&rig, anna.with(tom), 0).await.unwrap();
    assert_eq!((page.reset, page.to, page.messages.len()), (None, head, 2));
    assert_eq!(
        ask(&rig, tom.with(crate::rig::client()), 0)
            .await
            .unwrap_err()
            .code,
        ErrorCode::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_name_those_who_were_not_told_and_no_one_else() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let (tim, ben) = rig.booked().await;
    rig.say(tom, anna, "one").await;
    rig.say(tom, anna, "two").await;
    let sum = |person: Person, positions, access| HeadsSum {
        user: person.id,
        role: person.role,
        positions,
        access,
        marks: 0,
    };
    let ask = |people: Vec<HeadsSum>| {
        let pool = rig.pool.clone();
        async move {
            heads::answer(&pool, &HeadsRequest { people })
                .await
                .unwrap()
                .behind
        }
    };

    assert!(
        ask(vec![
            sum(tom, 2, 2),
            sum(anna, 2, 2),
            sum(tim, 0, 2),
            sum(ben, 0, 2)
        ])
        .await
        .is_empty()
    );

    let behind = ask(vec![sum(ben, 0, 2), sum(anna, 1, 2), sum(tim, 0, 1)]).await;
    let named: Vec<_> = behind
        .iter()
        .map(|(index, heads)| (*index, heads[0].0, heads[0].1, heads[0].2))
        .collect();
    assert_eq!(named, [(1, tom.id, 2, 1), (2, ben.id, 0, 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_lists_all_heads_and_the_newest_entries() {
    let rig = Rig::start().await;
    let tom = crate::rig::trainer();
    let clients: Vec<_> = (0..60).map(|_| crate::rig::client()).collect();
    for anna in &clients {
        rig.roster.relate(tom, *anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();
    for anna in &clients {
        rig.say(*anna, tom, &"long ".repeat(60)).await;
    }

    let conversations::Opening { lines, entries, .. } =
        conversations::open(&rig.pool, tom.key(), limits::WELCOME_CONVERSATIONS)
            .await
            .unwrap();

    assert_eq!((lines.len(), entries.len()), (60, 50));
    let newest_first: Vec<_> = clients.iter().rev().map(|anna| anna.id).collect();
    assert!(lines.iter().map(|line| line.people.client).eq(newest_first));
    assert!(
        entries
            .iter()
            .zip(&lines)
            .all(|(entry, line)| entry.conversation_id == line.people)
    );
    let entry = &entries[0];
    assert_eq!((entry.position, entry.unread, entry.can_send), (1, 1, true));
    let preview = entry
        .last_message
        .as_ref()
        .and_then(|message| message.text.as_deref());
    assert_eq!(
        preview.map(|text| text.chars().count()),
        Some(limits::PREVIEW_CHARS)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_counts_the_peers_undeleted_messages_up_to_a_hundred() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    write(&rig, tom, anna, 3, "x").await;
    write(&rig, anna, tom, 110, "x").await;
    rig.take(tom.delete(anna, 1)).await.unwrap();

    let unread = async |person: Person| {
        let entries = conversations::open(&rig.pool, person.key(), 50)
            .await
            .unwrap()
            .entries;
        entries[0].unread
    };

    assert_eq!((unread(anna).await, unread(tom).await), (2, limits::UNREAD));
    sqlx::query(
        "insert into chat.mark (conversation_id, user_id, delivered_seq, read_seq)
         select id, trainer_id, 100, 100 from chat.conversation",
    )
    .execute(&rig.pool)
    .await
    .unwrap();
    assert_eq!(unread(tom).await, 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_history_and_its_position_are_of_one_moment() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(tom, anna, "first").await;
    let links = rig.one.links.clone();
    let question = Question {
        people: anna.with(tom),
        part: Part::Newest,
        limit: 5,
    };

    let writing = write(&rig, tom, anna, 150, "x");
    let reading = async {
        for _ in 0..60 {
            let answer = history::answer(&rig.pool, &links, question, |_| false)
                .await
                .unwrap();
            let messages = answer.page.unwrap().messages;
            assert_eq!(
                messages.last().map(|message| message.seq),
                Some(answer.found.head)
            );
        }
    };
    tokio::join!(writing, reading);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_epoch_is_in_the_next_answer_of_every_replica() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(tom, anna, "x").await;
    let question = SyncRequest {
        conversation: anna.with(tom),
        after: 0,
        r#ref: None,
    };
    let (before, _) = sync::answer(&rig.pool, &rig.one.links, question).await.unwrap();

    database::rotate_epoch(rig.url.parse().unwrap()).await.unwrap();

    let (after, _) = sync::answer(&rig.pool, &rig.one.links, question).await.unwrap();
    assert_ne!(before, after);
}

async fn ask(rig: &Rig, conversation: ConversationId, after: Position) -> Result<Page, Refusal> {
    let question = SyncRequest {
        conversation,
        after,
        r#ref: Some(7),
    };
    sync::answer(&rig.pool, &rig.one.links, question)
        .await
        .map(|(_, page)| page)
        .map_err(Refusal::from)
}

/// Reads the page as a device does.
fn frame(page: &Page) -> Sync {
    match serde_json::from_slice(&serde_json::to_vec(page).unwrap()).unwrap() {
        ServerFrame::Sync(sync) => {
            assert_eq!(sync.r#ref, Some(7));
            sync
        }
        other => panic!("{other:?}"),
    }
}

async fn write(rig: &Rig, from: Person, to: Person, count: usize, text: &str) {
    for _ in 0..count {
        rig.say(from, to, text).await;
    }
}

/// Puts `count` messages into the only conversation, faster than anybody writes.
async fn fill(rig: &Rig, count: i64) {
    sqlx::query(
        "insert into chat.message (conversation_id, seq, position, id, sender, text, sent_at)
         select c.id, n, n, overlay(gen_random_uuid()::text placing '7' from 15)::uuid, c.trainer_id, 'x', now()
         from chat.conversation c, generate_series(1, $1) n",
    )
    .bind(count)
    .execute(&rig.pool)
    .await
    .unwrap();
    sqlx::query("update chat.conversation set head = $1")
        .bind(count)
        .execute(&rig.pool)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_an_absent_conversation_costs_no_connection() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    ask(&rig, anna.with(tom), 0).await.unwrap();
    let before = rig.own.size();

    for _ in 0..5 {
        let absent = crate::rig::client().with(tom);
        assert_eq!(ask(&rig, absent, 0).await.unwrap_err().code, ErrorCode::NotFound);
    }

    // The service's own tasks may have opened more.
    assert!(
        rig.own.size() >= before,
        "{} of {before} are left",
        rig.own.size()
    );
}
