//! chat-history dies between two steps of one append.

use std::time::Duration;

use serde_json::json;
use testkit::{Kit, Options, Person};
use uuid::Uuid;

#[tokio::test]
async fn a_send_committed_but_not_published_is_acknowledged_as_a_duplicate_and_arrives() {
    let story = Story::dying("after_commit").await;
    let (anna, tom) = &story.people;
    let mut phone = story.kit.gateway(0).connect(anna).await;
    let desk = story.kit.gateway(1).connect(tom).await;

    story.arm();
    phone.send_text("once").await;
    story.revive_history().await;

    let ack = phone.expect_confirmation().await;
    assert!(ack.duplicate);
    desk.expect_text("once").await;
    assert_eq!(story.rows().await, [(ack.seq.unwrap(), ack.id.unwrap())]);
}

#[tokio::test]
async fn a_send_published_but_not_answered_is_acknowledged_as_a_duplicate_and_shown_once() {
    let story = Story::dying("after_publish").await;
    let (anna, tom) = &story.people;
    let mut phone = story.kit.gateway(0).connect(anna).await;
    let desk = story.kit.gateway(1).connect(tom).await;

    story.arm();
    phone.send_text("once").await;
    story.revive_history().await;

    let ack = phone.expect_confirmation().await;
    assert!(ack.duplicate);
    desk.expect_text("once").await;
    assert_eq!(desk.texts(), ["once"]);
    assert_eq!(story.rows().await, [(ack.seq.unwrap(), ack.id.unwrap())]);
}

#[tokio::test]
async fn a_lost_last_event_is_found_without_the_sender() {
    let story = Story::dying("after_commit").await;
    let (anna, tom) = &story.people;
    let (mut phone, _) = story.kit.gateway(0).greeted(anna).await;
    let desk = story.kit.gateway(1).connect(tom).await;

    story.arm();
    let send = json!({
        "type": "send", "ref": 1, "conversationId": anna.conversation(), "id": Uuid::now_v7(), "text": "gone",
    });
    phone.send_json(&send).await.unwrap();
    story.revive_history().await;
    phone.cut();

    let told = |state: &client::device::State| {
        state
            .copy(anna.conversation())
            .is_some_and(|copy| copy.position() == 1)
    };
    desk.wait_within("the lost event", Duration::from_secs(30), told)
        .await;
    assert_eq!(desk.texts(), ["gone"]);
}

struct Story {
    kit: Kit,
    people: (Person, Person),
    arm: tempfile::TempDir,
}

impl Story {
    async fn dying(step: &str) -> Self {
        let arm = tempfile::tempdir().unwrap();
        let failpoint = format!("{step}:{}", arm.path().join("armed").display());
        let options = Options {
            gateways: 2,
            ..Options::default()
        }
        .with("SPOTTER_FAILPOINT", &failpoint);
        let kit = Kit::start(options).await;
        let people = kit.client_with_trainer("Anna", "Tom").await;
        Self { kit, people, arm }
    }

    /// The next append dies.
    fn arm(&self) {
        std::fs::write(self.arm.path().join("armed"), "").unwrap();
    }

    /// Waits for the death and starts the service again.
    async fn revive_history(&self) {
        assert!(
            self.kit.history(0).ended(Duration::from_secs(10)).await,
            "the failpoint was reached"
        );
        self.kit.history(0).restart().await;
    }

    async fn rows(&self) -> Vec<(u64, protocol::MessageId)> {
        let log = self.kit.log(self.people.0.conversation()).await;
        log.into_iter().map(|row| (row.seq, row.id)).collect()
    }
}
