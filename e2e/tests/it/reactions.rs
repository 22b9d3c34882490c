//! Reactions and replies over two gateways.

use client::{Device, device::Answer};
use protocol::{ErrorCode, Reaction};
use testkit::{Kit, Person};

#[tokio::test]
async fn a_reaction_is_one_per_person_and_emoji_and_comes_to_every_device() {
    let (_kit, anna, mut phone, mut desk) = talking().await;

    let on = phone.react(1, "💪", true).await;
    assert_eq!(phone.expect_ack(on).await.position, Some(2));
    let again = phone.react(1, "💪", true).await;
    let repeated = phone.expect_ack(again).await;
    assert_eq!((repeated.duplicate, repeated.position), (true, None));
    let theirs = desk.react(1, "💪", true).await;
    assert_eq!(desk.expect_ack(theirs).await.position, Some(3));
    let other = desk.react(1, "🎉", true).await;
    assert_eq!(desk.expect_ack(other).await.position, Some(4));
    let off = phone.react(1, "💪", false).await;
    assert_eq!(phone.expect_ack(off).await.position, Some(5));

    for device in [&phone, &desk] {
        device.wait_until(anna.conversation(), 5).await;
        let tom = anna.conversation().trainer;
        assert_eq!(
            device.rows(anna.conversation())[0].reactions,
            ["💪", "🎉"].map(|emoji| Reaction {
                emoji: emoji.to_owned(),
                user_ids: vec![tom],
            })
        );
    }
}

#[tokio::test]
async fn what_is_no_emoji_or_one_kind_too_many_is_refused() {
    let (_kit, anna, mut phone, _desk) = talking().await;

    for emoji in ["", "ok", "💪💪", "1", "<img>"] {
        let key = phone.react(1, emoji, true).await;
        assert_eq!(phone.answer(key).await, Answer::Refused(ErrorCode::InvalidField));
    }
    for kind in 0..20 {
        let emoji = char::from_u32(0x1F600 + kind).unwrap().to_string();
        let key = phone.react(1, &emoji, true).await;
        phone.expect_ack(key).await;
    }
    let one_more = phone.react(1, "🏃", true).await;
    assert_eq!(
        phone.answer(one_more).await,
        Answer::Refused(ErrorCode::InvalidField)
    );
    let absent = phone.react(7, "🏃", true).await;
    assert_eq!(phone.answer(absent).await, Answer::Refused(ErrorCode::NotFound));

    assert_eq!(phone.rows(anna.conversation())[0].reactions.len(), 20);
}

#[tokio::test]
async fn a_reply_names_a_message_of_its_conversation() {
    let (_kit, _anna, mut phone, desk) = talking().await;

    let absent = phone.reply(7, "to nothing").await;
    assert_eq!(
        phone.answer(absent).await,
        Answer::Refused(ErrorCode::InvalidField)
    );
    let key = phone.reply(1, "to the first").await;
    phone.expect_ack(key).await;

    assert_eq!(desk.expect_text("to the first").await.reply_to, Some(1));
}

#[tokio::test]
async fn a_reply_to_a_deleted_message_shows_so_on_every_device() {
    let (kit, anna, mut phone, mut desk) = talking().await;
    let key = phone.reply(1, "before it went").await;
    phone.expect_ack(key).await;

    let gone = desk.delete(1).await;
    desk.expect_ack(gone).await;
    let key = phone.reply(1, "after it went").await;
    let head = phone.expect_ack(key).await.position.unwrap();

    let late = kit.gateway(0).connect(&anna).await;
    for device in [&phone, &desk, &late] {
        device.wait_until(anna.conversation(), head).await;
        let rows = device.rows(anna.conversation());
        assert!(rows[0].deleted_at.is_some() && rows[0].text.is_none());
        assert_eq!(
            rows.iter().map(|row| row.reply_to).collect::<Vec<_>>(),
            [None, Some(1), Some(1)]
        );
    }
}

/// Anna at one gateway and Tom at another, after Tom's first message.
async fn talking() -> (Kit, Person, Device, Device) {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("ready for Monday?").await;
    phone.expect_text("ready for Monday?").await;
    (kit, anna, phone, desk)
}
