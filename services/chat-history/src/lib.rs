//! chat-history: the log of all conversations.
//!
//! Reading order: `access` says who may write, `changes` writes, `row` is what is written;
//! `history`, `sync`, `conversations`, `heads` and `contacts` read; `relations` follows the roster;
//! `routes` and `requests` are the two doors, HTTP and broker.

mod access;
mod changes;
mod contacts;
mod conversations;
pub mod database;
mod failpoint;
mod failure;
mod heads;
mod history;
mod lookup;
mod metrics;
mod row;
mod sync;
