//! How far this device's person has been delivered and has read: said when the server's marks are lower,
//! one frame per conversation at a time, and again on every socket until the server has them.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use protocol::{
    ConversationId,
    frame::{ClientFrame, Ref},
    marks::Marks,
};

const ACK_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub struct Marking {
    lanes: BTreeMap<ConversationId, Lane>,
}

#[derive(Debug, Default)]
struct Lane {
    /// What the person has seen.
    wanted: Marks,
    /// What the server has, as far as this device was told.
    told: Marks,
    flight: Option<Flight>,
    /// Refused for the moment: not before this.
    later: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Flight {
    r#ref: Ref,
    marks: Marks,
    until: Instant,
}

impl Lane {
    fn is_behind(&self) -> bool {
        self.wanted.is_beyond(self.told)
    }

    fn due(&self) -> Option<Instant> {
        self.flight.map(|flight| flight.until).or(self.later)
    }
}

impl Marking {
    pub fn want(&mut self, conversation: ConversationId, marks: Marks) {
        let lane = self.lanes.entry(conversation).or_default();
        lane.wanted = lane.wanted.max(marks);
    }

    /// The server says where it stands.
    pub fn told(&mut self, conversation: ConversationId, marks: Marks) {
        self.lanes.entry(conversation).or_default().told = marks;
    }

    /// The server has everything that this device's person has seen.
    pub fn is_settled(&self) -> bool {
        !self.lanes.values().any(Lane::is_behind)
    }

    /// The frames that leave now.
    pub fn depart(&mut self, mut next_ref: impl FnMut() -> Ref, now: Instant) -> Vec<ClientFrame> {
        let due = self
            .lanes
            .iter_mut()
            .filter(|(_, lane)| lane.is_behind() && lane.due().is_none_or(|due| due <= now));
        due.map(|(conversation, lane)| {
            let r#ref = next_ref();
            let conversation_id = conversation.to_string();
            let (seq, reads) = match lane.wanted.read() {
                read if read > lane.told.read() => (read, true),
                _ => (lane.wanted.delivered(), false),
            };
            let marks = Marks::new(seq, if reads { seq } else { 0 });
            let until = now + ACK_TIMEOUT;
            lane.later = None;
            lane.flight = Some(Flight { r#ref, marks, until });
            let r#ref = Some(r#ref);
            if reads {
                ClientFrame::Read {
                    r#ref,
                    conversation_id,
                    seq,
                }
            } else {
                ClientFrame::Delivered {
                    r#ref,
                    conversation_id,
                    seq,
                }
            }
        })
        .collect()
    }

    /// The server has stored what was said under this ref.
    pub fn acked(&mut self, r#ref: Ref) {
        if let Some((lane, flight)) = self.land(r#ref) {
            lane.told = lane.told.max(flight.marks);
        }
    }

    /// Refused: until when, or for good. Answers whether this ref was a mark's.
    pub fn refused(&mut self, r#ref: Ref, later: Option<Instant>) -> bool {
        let Some((lane, flight)) = self.land(r#ref) else {
            return false;
        };
        lane.later = later;
        if later.is_none() {
            // Said again, it would be refused again.
            lane.told = lane.told.max(flight.marks);
        }
        true
    }

    /// The socket is gone, and with it what was on its way.
    pub fn recall(&mut self) {
        for lane in self.lanes.values_mut() {
            lane.flight = None;
            lane.later = None;
        }
    }

    /// When `depart` is worth calling again.
    pub fn deadline(&self) -> Option<Instant> {
        let behind = self.lanes.values().filter(|lane| lane.is_behind());
        behind.filter_map(Lane::due).min()
    }

    fn land(&mut self, r#ref: Ref) -> Option<(&mut Lane, Flight)> {
        self.lanes.values_mut().find_map(|lane| {
            let flight = lane.flight.take_if(|flight| flight.r#ref == r#ref)?;
            Some((lane, flight))
        })
    }
}

#[cfg(test)]
mod tests {
    use protocol::UserId;
    use uuid::Uuid;

    use super::*;

    const ROOM: ConversationId = ConversationId {
        trainer: UserId(Uuid::from_u128(1)),
        client: UserId(Uuid::from_u128(2)),
    };

    fn seqs(frames: &[ClientFrame]) -> Vec<(&str, u64)> {
        let said = frames.iter().map(|frame| match frame {
            ClientFrame::Read { seq, .. } => ("read", *seq),
            ClientFrame::Delivered { seq, .. } => ("delivered", *seq),
            other => panic!("{other:?} is no mark"),
        });
        said.collect()
    }

    #[test]
    fn marks_are_said_one_at_a_time_and_again_on_the_next_socket() {
        let (mut marking, now) = (Marking::default(), Instant::now());
        marking.want(ROOM, Marks::new(1, 0));
        assert_eq!(seqs(&marking.depart(|| 1, now)), [("delivered", 1)]);

        marking.want(ROOM, Marks::new(3, 3));
        assert!(marking.depart(|| 2, now).is_empty());
        marking.acked(1);
        assert_eq!(seqs(&marking.depart(|| 2, now)), [("read", 3)]);

        marking.recall();
        assert_eq!(seqs(&marking.depart(|| 3, now)), [("read", 3)]);
        marking.acked(3);
        assert!(marking.is_settled() && marking.depart(|| 4, now).is_empty());
    }

    #[test]
    fn what_the_server_already_has_is_not_said() {
        let (mut marking, now) = (Marking::default(), Instant::now());
        marking.want(ROOM, Marks::new(3, 3));

        marking.told(ROOM, Marks::new(5, 4));

        assert!(marking.depart(|| 1, now).is_empty());
    }

    #[test]
    fn a_mark_that_was_refused_waits_or_is_given_up() {
        let (mut marking, now) = (Marking::default(), Instant::now());
        let later = now + Duration::from_secs(1);
        marking.want(ROOM, Marks::new(3, 3));
        marking.depart(|| 1, now);

        assert!(marking.refused(1, Some(later)));
        assert!(marking.depart(|| 2, now).is_empty());
        assert_eq!(marking.deadline(), Some(later));
        assert_eq!(seqs(&marking.depart(|| 2, later)), [("read", 3)]);

        assert!(marking.refused(2, None) && !marking.refused(2, None));
        assert!(marking.depart(|| 3, later).is_empty());
    }
}
