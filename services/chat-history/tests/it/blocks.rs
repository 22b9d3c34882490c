//! The roster's blocks become who may write.

use protocol::{ErrorCode, error::Role};

use crate::rig::{Rig, client, trainer};

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_either_side_refuses_both_and_leaves_history_and_deletion() {
    for by in [Role::Trainer, Role::User] {
        let rig = Rig::start().await;
        let (tom, anna) = rig.booked().await;
        let ack = rig.say(tom, anna, "see you on Monday").await;

        rig.roster.block(tom, anna, (by, true));
        rig.one.relations.catch_up().await.unwrap();

        for (from, to) in [(tom, anna), (anna, tom)] {
            let refused = rig.take(from.text(to, "still there?")).await.unwrap_err();
            assert_eq!(
                refused.code,
                ErrorCode::ReadOnly,
                "{by:?} blocks, {:?} writes",
                from.role
            );
        }
        let edited = rig.take(tom.edit(anna, 1, "see you")).await.unwrap_err();
        assert_eq!(edited.code, ErrorCode::ReadOnly);
        assert_eq!(rig.head(tom.with(anna)).await, 1);
        rig.take(tom.delete(anna, ack.seq.unwrap())).await.unwrap();

        rig.roster.block(tom, anna, (by, false));
        rig.one.relations.catch_up().await.unwrap();
        rig.say(anna, tom, "here again").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_outlives_the_bookings_of_the_two() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;

    rig.roster.block(tom, anna, (Role::User, true));
    for active in [false, true] {
        rig.roster.relate(tom, anna, active);
        rig.one.relations.catch_up().await.unwrap();

        let refused = rig.take(tom.text(anna, "book again?")).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::ReadOnly);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_side_that_blocked_opens_again() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;

    for change in [(Role::User, true), (Role::Trainer, true), (Role::Trainer, false)] {
        rig.roster.block(tom, anna, change);
    }
    rig.one.relations.catch_up().await.unwrap();

    let refused = rig.take(tom.text(anna, "hello?")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ReadOnly);
}

/// A booking that came completed joins two people who have no conversation.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_before_the_first_message_holds_when_it_comes() {
    let rig = Rig::start().await;
    let (tom, anna) = (trainer(), client());

    rig.roster.block(tom, anna, (Role::Trainer, true));
    rig.one.relations.catch_up().await.unwrap();

    let refused = rig.take(anna.text(tom, "hello")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::ReadOnly);
}
