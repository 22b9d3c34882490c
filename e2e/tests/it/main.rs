//! Stories over real processes: every service, a broker and a database of each story's own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a step of a story that fails ends it where it stands, and says what it measured"
)]

mod alike;
mod blocks;
mod broken_broker;
mod broker_users;
mod cases;
mod clocks;
mod database_roles;
mod doors;
mod drain;
mod edge;
mod epoch;
mod erasure;
mod events;
mod exchange;
mod export;
mod failover;
mod failpoints;
mod flood;
mod full;
mod grown;
mod hanging;
mod integrate;
mod lines;
mod marks;
mod migrated;
mod mutants;
mod neighbour;
mod observed;
mod opened;
mod presence;
mod reactions;
mod restored;
mod rolled;
mod search;
mod sessions;
mod settings;
mod slow;
mod snipped;
mod starved;
mod storage;
mod trace;
mod two_gateways;
mod typing;
