//! Marks and what is left unread: never back, never beyond the thread, always equal to a recount.

use std::time::Duration;

use bus::Pattern;
use chat_history::{Parts, conversations};
use futures_util::{StreamExt, future::join_all};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use protocol::{
    ConversationEntry, ErrorCode, Seq,
    frame::ServerFrame,
    marks::{MarkRequest, Marks},
};

use crate::rig::{Person, Rig, client};

#[tokio::test(flavor = "multi_thread")]
async fn marks_never_go_back_and_never_beyond_the_thread() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for text in ["one", "two", "three"] {
        rig.say(tom, anna, text).await;
    }
    rig.take(tom.edit(anna, 1, "one, edited")).await.unwrap();

    read(&rig.one, anna, tom, 2).await;
    delivered(&rig.one, anna, tom, 3).await;
    read(&rig.one, anna, tom, 1).await;
    delivered(&rig.one, anna, tom, 1).await;
    assert_eq!(marks(&entry(&rig, anna, tom).await), ((2, 3), (0, 0)));

    read(&rig.one, tom, anna, 900).await;
    assert_eq!(marks(&entry(&rig, anna, tom).await), ((2, 3), (3, 3)));
    assert_eq!(marks(&entry(&rig, tom, anna).await), ((3, 3), (2, 3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_of_another_conversation_are_not_found() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    rig.say(tom, anna, "hello").await;
    let stranger = client();

    let foreign = MarkRequest {
        user: stranger.id,
        role: stranger.role,
        conversation: anna.with(tom),
        marks: Marks::new(1, 1),
    };
    let absent = MarkRequest {
        conversation: stranger.with(tom),
        ..foreign
    };

    for request in [foreign, absent] {
        let refused = rig.one.marks.raise(&request).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::NotFound);
    }
    assert_eq!(rig.count("select count(*) from chat.mark").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_of_a_moment_are_stored_and_told_once() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for n in 1..=40 {
        rig.say(tom, anna, &n.to_string()).await;
    }
    let mut bells = rig.bus.subscribe(Pattern::every_conversation()).await.unwrap();

    join_all((1..=39).map(|seq| read(&rig.one, anna, tom, seq))).await;
    read(&rig.one, anna, tom, 40).await;

    let mut told = Vec::new();
    while told.last() != Some(&(40, 0)) {
        let bell = tokio::time::timeout(Duration::from_secs(5), bells.next()).await;
        let bell = bell.unwrap().unwrap();
        assert!(bell.headers.epoch.is_some());
        let ServerFrame::Receipt {
            user_id,
            read_seq,
            delivered_seq,
            unread,
            ..
        } = serde_json::from_slice(&bell.payload).unwrap()
        else {
            panic!("{bell:?} is no receipt");
        };
        assert_eq!((user_id, delivered_seq), (anna.id, read_seq));
        told.push((read_seq, unread));
    }
    assert_eq!(told, [(39, 1), (40, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_mark_at_once_leave_the_highest() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    for n in 1..=30 {
        rig.say(tom, anna, &n.to_string()).await;
    }
    let replicas = [rig.replica(), rig.replica(), rig.replica()];

    for round in 0..4 {
        let marking = replicas.iter().enumerate().flat_map(|(n, replica)| {
            let seq = (round * 7 + n * 3 + 1) as u64;
            [(anna, tom), (tom, anna)].map(|(me, peer)| read(replica, me, peer, seq))
        });
        join_all(marking).await;
    }

    assert_eq!(marks(&entry(&rig, anna, tom).await), ((28, 28), (28, 28)));
    assert_eq!(rig.count("select count(*) from chat.mark").await, 2);
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Say {
        trainer: bool,
    },
    Delete {
        nth: prop::sample::Index,
    },
    Read {
        trainer: bool,
        device: usize,
        nth: prop::sample::Index,
    },
    Restart {
        device: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => any::<bool>().prop_map(|trainer| Step::Say { trainer }),
        2 => any::<prop::sample::Index>().prop_map(|nth| Step::Delete { nth }),
        3 => (any::<bool>(), 0..2_usize, any::<prop::sample::Index>())
            .prop_map(|(trainer, device, nth)| Step::Read { trainer, device, nth }),
        1 => (0..2_usize).prop_map(|device| Step::Restart { device }),
    ];
    prop::collection::vec(step, 10..25)
}

/// What a recount needs to know: who wrote each message and whether it is there, by `seq`; and up to where
/// the trainer and the client have read.
#[derive(Debug, Default)]
struct Recount {
    messages: Vec<(Seq, bool, bool)>,
    read: [Seq; 2],
}

impl Recount {
    fn unread(&self, trainer: bool) -> u64 {
        let read = self.read[usize::from(trainer)];
        let unread = self
            .messages
            .iter()
            .filter(|(seq, by_trainer, there)| *seq > read && *by_trainer != trainer && *there);
        unread.count() as u64
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_equals_a_recount_through_sends_deletes_reads_and_restarts() {
    let rig = Rig::start().await;
    let mut runner = TestRunner::new(Config::default());
    let mut devices = [rig.replica(), rig.replica()];

    for _ in 0..8 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let (tom, anna) = rig.booked().await;
        let pair = |trainer| if trainer { (tom, anna) } else { (anna, tom) };
        let mut model = Recount::default();
        for step in &steps {
            match *step {
                Step::Say { trainer } => {
                    let (me, peer) = pair(trainer);
                    let ack = rig.say(me, peer, "hello").await;
                    model.messages.push((ack.seq.unwrap(), trainer, true));
                }
                Step::Delete { nth } if !model.messages.is_empty() => {
                    let (seq, trainer, there) = nth.get_mut(&mut model.messages);
                    let (me, peer) = pair(*trainer);
                    rig.take(me.delete(peer, *seq)).await.unwrap();
                    *there = false;
                }
                Step::Read { trainer, device, nth } if !model.messages.is_empty() => {
                    let (seq, ..) = *nth.get(&model.messages);
                    let (me, peer) = pair(trainer);
                    read(&devices[device], me, peer, seq).await;
                    let read = &mut model.read[usize::from(trainer)];
                    *read = (*read).max(seq);
                }
                Step::Restart { device } => devices[device] = rig.replica(),
                Step::Delete { .. } | Step::Read { .. } => {}
            }
            for trainer in [true, false] {
                let (me, peer) = pair(trainer);
                let counted = entry(&rig, me, peer).await.unread;
                assert_eq!(counted, model.unread(trainer), "after {step:?} of {steps:?}");
            }
        }
    }
}

async fn read(parts: &Parts, me: Person, peer: Person, seq: Seq) {
    raise(parts, me, peer, Marks::new(seq, seq)).await;
}

async fn delivered(parts: &Parts, me: Person, peer: Person, seq: Seq) {
    raise(parts, me, peer, Marks::new(seq, 0)).await;
}

async fn raise(parts: &Parts, me: Person, peer: Person, marks: Marks) {
    let request = MarkRequest {
        user: me.id,
        role: me.role,
        conversation: me.with(peer),
        marks,
    };
    parts.marks.raise(&request).await.unwrap();
}

async fn entry(rig: &Rig, me: Person, peer: Person) -> ConversationEntry {
    let (_, found) = conversations::with_peers(&rig.pool, me.key(), &[peer.id])
        .await
        .unwrap();
    found.into_iter().next().unwrap().1
}

/// One's own marks and the peer's: read, then delivered.
fn marks(entry: &ConversationEntry) -> ((Seq, Seq), (Seq, Seq)) {
    (
        (entry.read_seq, entry.delivered_seq),
        (entry.peer_read_seq, entry.peer_delivered_seq),
    )
}
