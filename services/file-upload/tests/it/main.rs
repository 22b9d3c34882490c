//! file-upload as a process of its own, with a real PostgreSQL, nats-server and S3.

#![cfg(test)]

mod attaching;
mod bench;
mod containment;
mod documents;
mod downloads;
mod faults;
mod house;
mod memory;
mod pictures;
mod processing;
mod quotas;
mod refusals;
mod store;
mod story;
mod streaming;
mod sweeping;
mod token;
mod uploads;
mod voices;
