//! The gateway's position machine, the client's outbox and the device's copy of a thread as one system:
//! the code that ships, between a log and a bus that are a few lines of the model.
//!
//! `world` is small, and `exhaustive` visits every state of it.

mod exhaustive;
mod world;
