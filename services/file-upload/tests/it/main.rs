//! file-upload as a process of its own, with a real PostgreSQL, nats-server and S3.

#![cfg(test)]

mod attaching;
mod containment;
mod downloads;
mod faults;
mod house;
mod pictures;
mod refusals;
mod story;
mod token;
mod uploads;
