//! Which fault comes when, dealt out from one seed: the same plan always makes the same schedule.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::{
    faults::{Fault, Kind},
    plan::Plan,
};

/// Faults that may be there together.
pub const AT_ONCE: usize = 3;
/// Between two faults begin so many milliseconds, on average the middle.
const PAUSE: std::ops::RangeInclusive<u64> = 1_000..=4_000;
/// A place rests after a fault, so that what heals has begun to before it is hit again.
const REST: Duration = Duration::from_secs(3);

/// All faults of a run, in the order of their beginnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<Fault>);

impl Schedule {
    pub fn of(plan: &Plan) -> Self {
        let mut chance = StdRng::seed_from_u64(plan.seed);
        let mut deck = Deck::new(&plan.kinds);
        let mut faults = Vec::new();
        let mut at = Duration::ZERO;
        loop {
            at += Duration::from_millis(chance.random_range(PAUSE));
            if at >= plan.span {
                return Self(faults);
            }
            let kind = deck.deal(&mut chance);
            let fault = Fault {
                kind,
                target: chance.random_range(0..kind.targets()),
                at,
                length: Duration::from_millis(chance.random_range(kind.lasts())),
            };
            if fits(&faults, &fault) {
                faults.push(fault);
            } else {
                deck.put_back(kind);
            }
        }
    }

    pub fn faults(&self) -> &[Fault] {
        &self.0
    }
}

/// Whether there is room for another fault, and its place is free and rested.
fn fits(faults: &[Fault], next: &Fault) -> bool {
    let going_on = faults.iter().filter(|fault| fault.end() > next.at).count();
    let taken = |fault: &Fault| fault.place() == next.place() && fault.end() + REST > next.at;
    going_on < AT_ONCE && !faults.iter().any(taken)
}

/// Every kind comes once before any comes again.
struct Deck<'a> {
    kinds: &'a [Kind],
    left: Vec<Kind>,
}

impl<'a> Deck<'a> {
    fn new(kinds: &'a [Kind]) -> Self {
        Self {
            kinds,
            left: Vec::new(),
        }
    }

    fn deal(&mut self, chance: &mut StdRng) -> Kind {
        if self.left.is_empty() {
            self.left.extend(self.kinds);
            self.left.shuffle(chance);
        }
        // A plan without kinds has nothing to deal: the parser of the command fills it.
        self.left.pop().unwrap_or(Kind::KillGateway)
    }

    /// It did not fit: its turn comes after the others'.
    fn put_back(&mut self, kind: Kind) {
        self.left.insert(0, kind);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const LONG: Duration = Duration::from_mins(20);

    #[test]
    fn a_seed_makes_the_same_schedule_every_time_and_another_seed_another() {
        let schedule = Schedule::of(&plan(7, LONG));

        assert_eq!(schedule, Schedule::of(&plan(7, LONG)));
        assert_ne!(schedule, Schedule::of(&plan(8, LONG)));
    }

    #[test]
    fn a_longer_run_begins_as_a_shorter_one() {
        let (short, long) = (plan(7, LONG / 2), plan(7, LONG));

        let (short, long) = (Schedule::of(&short), Schedule::of(&long));

        assert_eq!(short.faults(), &long.faults()[..short.faults().len()]);
    }

    #[test]
    fn no_more_faults_than_bearable_are_there_at_once_and_none_on_a_place_that_has_one() {
        for seed in 0..200 {
            let schedule = Schedule::of(&plan(seed, LONG));
            for (index, fault) in schedule.faults().iter().enumerate() {
                let before = &schedule.faults()[..index];
                assert!(before.iter().all(|earlier| earlier.at <= fault.at), "seed {seed}");
                let together = before.iter().filter(|earlier| earlier.end() > fault.at);
                assert!(together.clone().count() < AT_ONCE, "seed {seed}");
                assert!(
                    together.clone().all(|earlier| earlier.place() != fault.place()),
                    "seed {seed}"
                );
            }
        }
    }

    #[test]
    fn every_fault_ends_and_soon() {
        for fault in Schedule::of(&plan(3, LONG)).faults() {
            let milliseconds = u64::try_from(fault.length.as_millis()).unwrap();
            assert!(fault.kind.lasts().contains(&milliseconds), "{fault}");
            assert!(milliseconds <= 10_000, "{fault}");
            assert!(fault.target < fault.kind.targets(), "{fault}");
        }
    }

    #[test]
    fn every_kind_comes_in_its_turn() {
        let schedule = Schedule::of(&plan(5, LONG));

        let kinds: BTreeSet<_> = schedule.faults().iter().map(|fault| fault.kind).collect();

        assert_eq!(kinds, Kind::ALL.into());
    }

    #[test]
    fn four_minutes_hold_forty_faults_of_ten_kinds_whatever_the_seed() {
        for seed in 0..500 {
            let schedule = Schedule::of(&plan(seed, Duration::from_mins(4)));
            let kinds: BTreeSet<_> = schedule.faults().iter().map(|fault| fault.kind).collect();
            let count = schedule.faults().len();
            assert!(
                count >= 40 && kinds.len() >= 10,
                "seed {seed}: {count} faults of {} kinds",
                kinds.len()
            );
        }
    }

    #[test]
    fn a_kind_is_read_as_it_is_printed() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().replace(' ', "-").parse(), Ok(kind));
        }
        assert!("kill-time".parse::<Kind>().is_err());
    }

    fn plan(seed: u64, span: Duration) -> Plan {
        Plan {
            seed,
            span,
            conversations: 1,
            messages: 0,
            kinds: Kind::ALL.to_vec(),
        }
    }
}
