//! Every state of the small world is visited, and every promise holds in each of them; and each promise is
//! seen to break in a world that lacks one safeguard.

use std::time::Instant;

use stateright::{Checker, HasDiscoveries, Model, Property};

use super::world::{Broken, Budget, Happening, Safeguard, World};

const ACKED: &str = "nothing that was acknowledged is lost";
const ONCE: &str = "each message is in the log once";
const IN_ORDER: &str = "no device applies twice, out of order or beyond a hole";
const WRITTEN: &str = "no gateway writes twice, out of order or beyond a hole";
const ONE_VALUE: &str = "no position has two values";
const SENDER: &str = "what one person wrote stands in the order of writing";
const CONVERGES: &str = "where nothing more can happen, every device has everything";
const REACHES: &str = "everything sent reaches everybody in the end";
const TRIED: &str = "everything arrives though all that may go wrong went wrong";

/// What may go wrong together; all of them begin alike.
const WORLDS: [Budget; 3] = [
    Budget {
        crashes: 1,
        losses: 1,
        ..Budget::NOTHING
    },
    Budget {
        losses: 1,
        copies: 1,
        swaps: 1,
        ..Budget::NOTHING
    },
    Budget {
        swaps: 1,
        hurries: 1,
        ..Budget::NOTHING
    },
];
/// More of everything at once, for `make model`.
const WIDE_WORLDS: [Budget; 3] = [
    Budget {
        crashes: 1,
        losses: 1,
        copies: 1,
        ..Budget::NOTHING
    },
    Budget {
        crashes: 2,
        ..Budget::NOTHING
    },
    Budget {
        losses: 2,
        copies: 1,
        swaps: 1,
        ..Budget::NOTHING
    },
];
/// Worlds of these kinds, without these safeguards.
#[derive(Debug, Clone)]
struct Small {
    worlds: &'static [Budget],
    lacks: Vec<Safeguard>,
}

impl Model for Small {
    type State = World;
    type Action = Happening;

    fn init_states(&self) -> Vec<World> {
        let begin = |budget: &Budget| {
            let mut world = World::new(*budget);
            for side in [0, 0, 1] {
                world.write(side, &self.lacks);
            }
            world
        };
        self.worlds.iter().map(begin).collect()
    }

    fn actions(&self, world: &World, actions: &mut Vec<Happening>) {
        actions.extend(world.happenings(&self.lacks));
    }

    fn next_state(&self, world: &World, happening: Happening) -> Option<World> {
        let mut world = world.clone();
        world.on(happening, &self.lacks);
        // Without a crash to come, nothing can be lost on the way to a device: when it reads makes no difference.
        if world.left.crashes == 0 {
            world.read_all(&self.lacks);
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ACKED, |_, world: &World| {
                world.broken != Some(Broken::AckedAndLost)
            }),
            Property::always(ONCE, |_, world: &World| world.has_each_message_once()),
            Property::always(IN_ORDER, |_, world: &World| !is_applied_wrongly(world)),
            Property::always(WRITTEN, |_, world: &World| {
                world.broken != Some(Broken::WrittenOutOfOrder)
            }),
            Property::always(ONE_VALUE, |_, world: &World| {
                world.broken != Some(Broken::TwoValues) && world.has_one_value_for_each_position()
            }),
            Property::always(SENDER, |_, world: &World| world.keeps_sender_order()),
            Property::always(CONVERGES, |small: &Self, world: &World| {
                world.is_converged() || world.broken.is_some() || !world.happenings(&small.lacks).is_empty()
            }),
            Property::eventually(REACHES, |_, world: &World| {
                world.is_converged() || world.broken.is_some()
            }),
            Property::sometimes(TRIED, |_, world: &World| {
                let left = world.left;
                world.is_converged()
                    && (left.crashes, left.losses, left.copies, left.swaps, left.hurries) == (0, 0, 0, 0, 0)
            }),
        ]
    }
}

fn is_applied_wrongly(world: &World) -> bool {
    matches!(
        world.broken,
        Some(Broken::AppliedTwice | Broken::AppliedOutOfOrder | Broken::AppliedBeyondAHole)
    )
}

#[test]
fn every_state_of_a_small_world_keeps_every_promise() {
    visit(&WORLDS);
}

#[test]
#[ignore = "takes minutes: `make model`"]
fn every_state_of_wider_worlds_keeps_every_promise() {
    visit(&WIDE_WORLDS);
}

fn visit(worlds: &'static [Budget]) {
    let started = Instant::now();
    let small = Small {
        worlds,
        lacks: Vec::new(),
    };

    let checker = small.checker().threads(2).spawn_bfs().join();

    println!(
        "{} different states of 2 senders, 2 gateways, 2 devices and 3 messages, {} ways into them, {} steps deep, in {:.1?}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        started.elapsed(),
    );
    for broken in checker.discoveries().into_keys().filter(|name| *name != TRIED) {
        println!("BROKEN {broken}");
    }
    checker.assert_properties();
}

/// Tells whether a world without these finds what it must.
fn finds(lacks: &[Safeguard], promise: &'static str) {
    let small = Small {
        worlds: &WORLDS,
        lacks: lacks.to_vec(),
    };
    let wanted = HasDiscoveries::AnyOf([promise].into());

    let checker = small.checker().finish_when(wanted).threads(2).spawn_bfs().join();

    let path = checker.discovery(promise);
    let path = path.unwrap_or_else(|| panic!("without {lacks:?} it still holds that {promise}"));
    println!(
        "without {lacks:?} it breaks that {promise}: {:?}",
        path.into_actions()
    );
}

#[test]
fn without_the_duplicate_check_a_message_is_stored_twice() {
    finds(&[Safeguard::DuplicateCheck], ONCE);
}

#[test]
fn with_an_answer_before_the_commit_an_acknowledged_message_is_lost() {
    finds(&[Safeguard::DurableFirst], ACKED);
}

#[test]
fn without_the_rules_of_positions_a_device_applies_twice_or_out_of_order() {
    finds(&[Safeguard::PositionRule, Safeguard::DeviceRule], IN_ORDER);
}

#[test]
fn without_the_repair_of_holes_a_device_never_has_everything() {
    finds(&[Safeguard::HoleRepair], CONVERGES);
}

#[test]
fn without_the_heads_check_a_lost_last_event_is_never_found() {
    finds(&[Safeguard::HeadsCheck], CONVERGES);
}

#[test]
fn with_two_messages_in_flight_the_second_stands_before_the_first() {
    finds(&[Safeguard::OneInFlight], SENDER);
}

#[test]
fn without_sending_again_a_message_that_died_with_a_gateway_never_arrives() {
    finds(&[Safeguard::Recall], CONVERGES);
}
