//! Each anomaly, planted into a clean history, is found.

use uuid::Uuid;

use super::*;
use protocol::Epoch;

const TRAINER: UserId = UserId(Uuid::from_u128(1));
const CLIENT: UserId = UserId(Uuid::from_u128(2));

#[test]
fn a_clean_history_has_no_anomalies() {
    let story = Story::clean();

    assert_eq!(story.check(), BTreeSet::new());
    assert_eq!(comparisons(&story.witnesses), 2);
}

#[test]
fn an_acknowledged_message_that_is_not_in_the_log_is_lost() {
    let mut story = Story::clean();

    story.log_rows().remove(1);

    let (id, seq) = (story.id(2), 2);
    assert!(story.check().contains(&Anomaly::Lost { id, seq }));
}

#[test]
fn an_ack_with_another_place_than_the_log_is_found() {
    let mut story = Story::clean();

    story.log_rows()[1].seq = 9;

    assert!(story.check().contains(&Anomaly::Lost {
        id: story.id(2),
        seq: 2
    }));
}

#[test]
fn a_message_that_reached_no_device_after_healing_is_found() {
    let mut story = Story::clean();

    story.reader().copies.get_mut(&conversation()).unwrap().pop();

    assert_eq!(story.check(), [diverged(CLIENT)].into());
}

#[test]
fn a_conversation_the_device_never_heard_of_is_found() {
    let mut story = Story::clean();

    story.reader().copies.clear();

    assert_eq!(story.check(), [diverged(CLIENT)].into());
}

#[test]
fn one_id_at_two_places_is_a_duplicate() {
    let mut story = Story::clean();
    let copy = Digest {
        seq: 4,
        position: 4,
        ..story.row(2)
    };

    story.log_rows().push(copy);

    let duplicate = Anomaly::Duplicate {
        id: copy.id,
        seqs: (2, 4),
    };
    assert!(story.check().contains(&duplicate));
}

#[test]
fn a_frame_applied_twice_is_found() {
    let mut story = Story::clean();
    let again = live(story.row(3));

    story.reader().events.push(again);

    assert_eq!(
        story.check(),
        [Anomaly::AppliedTwice {
            user: CLIENT,
            position: 3
        }]
        .into()
    );
}

#[test]
fn a_hole_is_found() {
    let mut story = Story::clean();

    story
        .reader()
        .events
        .retain(|event| !matches!(event, Event::Live { position: 2, .. }));

    assert_eq!(
        story.check(),
        [Anomaly::Hole {
            user: CLIENT,
            after: 1,
            next: 3
        }]
        .into()
    );
}

#[test]
fn a_page_that_starts_beyond_the_copy_is_a_hole() {
    let mut story = Story::clean();
    let page = Event::Page {
        conversation: conversation(),
        from: 5,
        to: 6,
        rows: Vec::new(),
    };

    story.reader().events.push(page);

    assert_eq!(
        story.check(),
        [Anomaly::Hole {
            user: CLIENT,
            after: 3,
            next: 6
        }]
        .into()
    );
}

#[test]
fn a_page_over_a_gap_of_the_same_copy_is_no_hole() {
    let mut story = Story::clean();
    let rows = vec![story.row(2), story.row(3)];
    story
        .reader()
        .events
        .retain(|event| !matches!(event, Event::Live { position: 2.., .. }));

    let page = Event::Page {
        conversation: conversation(),
        from: 1,
        to: 3,
        rows,
    };
    story.reader().events.push(page);

    assert_eq!(story.check(), BTreeSet::new());
}

#[test]
fn an_older_state_after_a_newer_is_out_of_order() {
    let mut story = Story::clean();
    let old = live(story.row(1));

    story.reader().events.push(old);

    assert_eq!(
        story.check(),
        [Anomaly::OutOfOrder {
            user: CLIENT,
            after: 3,
            next: 1
        }]
        .into()
    );
}

#[test]
fn two_values_for_one_position_are_found() {
    let mut story = Story::clean();
    let position = 2;

    for event in &mut story.reader().events {
        if let Event::Live { position: 2, row, .. } = event {
            row.hash += 1;
        }
    }

    let two = Anomaly::TwoValues {
        conversation: conversation(),
        position,
    };
    assert_eq!(story.check(), [two].into());
}

#[test]
fn a_message_that_nobody_wrote_is_a_phantom() {
    let mut story = Story::clean();
    let id = story.id(2);

    story
        .writer()
        .events
        .retain(|event| !matches!(event, Event::Queued { id: queued, .. } if *queued == id));

    assert_eq!(story.check(), [Anomaly::Phantom { id }].into());
}

#[test]
fn a_message_written_elsewhere_is_no_phantom() {
    let mut story = Story::clean();
    let id = story.id(2);
    story
        .writer()
        .events
        .retain(|event| !matches!(event, Event::Queued { id: queued, .. } if *queued == id));

    story.log.written_elsewhere.insert(id);

    assert_eq!(story.check(), BTreeSet::new());
}

#[test]
fn messages_of_one_sender_in_another_order_are_found() {
    let mut story = Story::clean();
    let (earlier, later) = (story.id(2), story.id(1));

    story.writer().events.swap(1, 2);

    assert_eq!(story.check(), [Anomaly::SenderOrder { earlier, later }].into());
}

#[test]
fn a_mark_that_goes_back_is_found() {
    assert_eq!(marked(&[(3, 3), (2, 2)]), [mark(2, 2)].into());
}

#[test]
fn a_mark_that_reads_what_was_not_delivered_is_found() {
    assert_eq!(marked(&[(1, 2)]), [mark(1, 2)].into());
}

#[test]
fn a_mark_beyond_the_thread_is_found() {
    assert_eq!(marked(&[(3, 1), (4, 1)]), [mark(4, 1)].into());
}

#[test]
fn a_mark_that_the_log_does_not_have_is_found() {
    let mut story = Story::clean();
    story.log.marks = [((conversation(), CLIENT), (2, 1))].into();
    let told = |delivered, read| Event::Mark {
        conversation: conversation(),
        user: CLIENT,
        delivered,
        read,
    };

    story.reader().events.extend([told(1, 1), told(2, 1)]);
    assert_eq!(story.check(), BTreeSet::new());
    story.reader().events.push(told(3, 1));

    let untrue = Anomaly::MarkUntrue {
        user: CLIENT,
        conversation: conversation(),
        delivered: 3,
        read: 1,
    };
    assert_eq!(story.check(), [untrue].into());
}

#[test]
fn a_conversation_of_others_on_a_device_is_a_leak() {
    let mut story = Story::clean();
    let conversation = ConversationId::new(TRAINER, UserId(Uuid::from_u128(3)));

    story.reader().events.push(Event::Told { conversation });

    assert_eq!(
        story.check(),
        [Anomaly::Leak {
            user: CLIENT,
            conversation
        }]
        .into()
    );
}

#[test]
fn a_send_of_unknown_outcome_may_be_absent() {
    let mut story = Story::clean();
    let id = MessageId::generate();

    story.writer().events.push(Event::Queued {
        conversation: conversation(),
        id,
    });

    assert_eq!(story.check(), BTreeSet::new());
}

/// A trainer writes three messages; the client's device sees them live.
struct Story {
    witnesses: Vec<Witness>,
    log: Log,
    rows: Vec<Digest>,
}

impl Story {
    fn clean() -> Self {
        let rows: Vec<_> = (1..=3).map(row).collect();
        let mut writing = vec![Event::Welcomed {
            epoch: Epoch(Uuid::nil()),
        }];
        writing.extend(rows.iter().map(|row| Event::Queued {
            conversation: conversation(),
            id: row.id,
        }));
        writing.extend(rows.iter().map(|row| Event::Acked {
            conversation: conversation(),
            id: row.id,
            seq: row.seq,
            position: row.position,
            duplicate: false,
        }));
        let mut reading = vec![Event::Welcomed {
            epoch: Epoch(Uuid::nil()),
        }];
        reading.extend(rows.iter().map(|row| live(*row)));
        let copies: BTreeMap<_, _> = [(conversation(), rows.clone())].into();
        let witness = |user, events| Witness {
            user,
            events,
            copies: copies.clone(),
        };
        Self {
            witnesses: vec![witness(TRAINER, writing), witness(CLIENT, reading)],
            log: Log {
                conversations: copies.clone(),
                ..Log::default()
            },
            rows,
        }
    }

    fn check(&self) -> BTreeSet<Anomaly> {
        check(&self.witnesses, &self.log)
    }

    fn writer(&mut self) -> &mut Witness {
        &mut self.witnesses[0]
    }

    fn reader(&mut self) -> &mut Witness {
        &mut self.witnesses[1]
    }

    fn log_rows(&mut self) -> &mut Vec<Digest> {
        self.log.conversations.get_mut(&conversation()).unwrap()
    }

    fn row(&self, seq: usize) -> Digest {
        self.rows[seq - 1]
    }

    fn id(&self, seq: usize) -> MessageId {
        self.row(seq).id
    }
}

fn marked(marks: &[(Seq, Seq)]) -> BTreeSet<Anomaly> {
    let mut story = Story::clean();
    story
        .reader()
        .events
        .extend(marks.iter().map(|(delivered, read)| Event::Mark {
            conversation: conversation(),
            user: CLIENT,
            delivered: *delivered,
            read: *read,
        }));
    story.check()
}

fn mark(delivered: Seq, read: Seq) -> Anomaly {
    Anomaly::Mark {
        user: CLIENT,
        delivered,
        read,
    }
}

fn diverged(user: UserId) -> Anomaly {
    Anomaly::Diverged {
        user,
        conversation: conversation(),
    }
}

fn live(row: Digest) -> Event {
    Event::Live {
        conversation: conversation(),
        position: row.position,
        row,
    }
}

fn row(seq: Seq) -> Digest {
    Digest {
        seq,
        id: MessageId::generate(),
        position: seq,
        hash: seq * 7,
    }
}

fn conversation() -> ConversationId {
    ConversationId::new(TRAINER, CLIENT)
}
