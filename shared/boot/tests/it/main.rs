//! What operators see of a service: its exit codes, its listeners and its end.

mod configuration;
mod greeter;
mod listening;
mod stopping;
