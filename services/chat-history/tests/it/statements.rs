//! How many statements an answer takes: the same for one conversation as for thousands.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chat_history::conversations;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber,
    span::{Attributes, Id, Record},
};

use crate::rig::{Person, Rig, many, trainer};

#[tokio::test]
async fn a_trainer_with_five_hundred_conversations_connects_with_a_handful_of_statements() {
    let rig = Rig::start().await;
    let (few, hundreds) = (trainer(), trainer());
    many(&rig.pool, few, 3).await;
    many(&rig.pool, hundreds, 500).await;

    let taken = [statements(&rig, few).await, statements(&rig, hundreds).await];

    // The epoch, the lines, the entries.
    assert_eq!(taken, [3, 3]);
}

/// Asked again while less is heard than there can be: other tests change for a moment what is told to whom.
async fn statements(rig: &Rig, trainer: Person) -> usize {
    let heard = AtomicUsize::new(0);
    let heard_something = sandbox::until("statements", Duration::from_secs(30), || async {
        let counted = Counted::default();
        let statements = counted.0.clone();
        // Heard while this answer is made and no longer: the service's own tasks ask between its steps.
        let opening = conversations::open(&rig.pool, trainer.key(), 50).with_subscriber(counted);
        assert!(!opening.await.unwrap().more);
        heard.store(statements.load(Ordering::Relaxed), Ordering::Relaxed);
        heard.load(Ordering::Relaxed) >= 3
    });
    heard_something.await.unwrap();
    heard.into_inner()
}

/// Counts what sqlx says it has executed.
#[derive(Default)]
struct Counted(Arc<AtomicUsize>);

impl Subscriber for Counted {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut asks = Asks(false);
        event.record(&mut asks);
        self.0.fetch_add(usize::from(asks.0), Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Whether a statement asks for something: a snapshot's begin and commit, which are not always told, do not.
struct Asks(bool);

impl Visit for Asks {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            let summary = format!("{value:?}").to_lowercase();
            self.0 = summary.contains("select") || summary.contains("with");
        }
    }
}
