//! chat-history against a real PostgreSQL and a real nats-server.
#![cfg(test)]

mod appends;
mod bench;
mod blocks;
mod contacts;
mod erasure;
mod faults;
mod files;
mod http;
mod marks;
mod process;
mod reads;
mod relations;
mod requests;
mod rig;
mod search;
mod search_bench;
mod statements;
