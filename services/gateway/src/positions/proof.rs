//! The gateway's position machine, the client's outbox and the device's copy of a thread as one system:
//! the code that ships, between a log and a bus that are a few lines of the model.
//!
//! `exhaustive` visits every state of a small `world`; `walk` walks far through a large one, at random.

mod exhaustive;
mod walk;
mod world;
