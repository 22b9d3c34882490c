//! Stories over real processes: every service, a broker and a database of each story's own.

mod broken_broker;
mod doors;
mod drain;
mod epoch;
mod events;
mod exchange;
mod failpoints;
mod sessions;
mod slow;
mod storage;
mod trace;
mod two_gateways;
