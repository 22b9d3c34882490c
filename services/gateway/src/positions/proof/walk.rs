//! A long walk at random: people go on writing, and everything goes wrong again and again.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{TestCaseResult, TestRunner},
};

use super::world::{Budget, Side, World};

/// Steps of one walk, before everything heals.
const STEPS: usize = 300;
/// Long after the last step of any walk everything must have settled.
const HEALED: usize = 20_000;

#[derive(Debug, Clone)]
enum Step {
    Write(Side),
    /// One of the things that happen while nothing goes wrong.
    Calm(Index),
    /// One of all the things that can happen.
    Any(Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0..2_usize).prop_map(Step::Write),
        8 => any::<Index>().prop_map(Step::Calm),
        2 => any::<Index>().prop_map(Step::Any),
    ]
}

/// `PROPTEST_CASES` says how many walks: `make model STEPS=2000000`.
#[test]
fn people_write_while_everything_goes_wrong_and_each_device_ends_with_the_log() {
    let (steps, stored) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut runner = TestRunner::new(ProptestConfig {
        // A walk that fails is printed whole, and belongs into a story.
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let walks = prop::collection::vec(step(), STEPS);

    let outcome = runner.run(&walks, |walk| {
        steps.fetch_add(walk.len(), Ordering::Relaxed);
        let mut world = World::new(Budget::NOTHING);
        for step in walk {
            take(&mut world, &step);
            prop_assert_eq!(world.broken, None);
        }
        heal(&mut world)?;
        stored.fetch_add(world.log.len(), Ordering::Relaxed);
        Ok(())
    });

    println!("{} steps, {} messages", steps.into_inner(), stored.into_inner());
    outcome.unwrap();
}

fn take(world: &mut World, step: &Step) {
    let index = match step {
        Step::Write(side) => return world.write(*side, &[]),
        Step::Calm(index) => index,
        Step::Any(index) => {
            world.left = Budget::ONE_OF_EACH;
            index
        }
    };
    let happenings = world.happenings(&[]);
    if !happenings.is_empty() {
        world.on(*index.get(&happenings), &[]);
    }
    world.left = Budget::NOTHING;
}

/// Nothing goes wrong any more, until nothing more happens.
fn heal(world: &mut World) -> TestCaseResult {
    let mut steps = 0;
    while let Some(next) = world.happenings(&[]).first() {
        world.on(*next, &[]);
        prop_assert_eq!(world.broken, None);
        steps += 1;
        prop_assert!(steps < HEALED, "it never comes to rest");
    }
    prop_assert!(world.is_converged());
    prop_assert!(world.has_each_message_once());
    prop_assert!(world.keeps_sender_order());
    prop_assert!(world.has_one_value_for_each_position());
    Ok(())
}
