//! Stories and faults across services, and the checker that judges what devices recorded.

pub mod browser;
pub mod bystanders;
pub mod chaos;
pub mod checker;
pub mod conformance;
pub mod exchange;
pub mod front;
pub mod guide;
pub mod installation;
pub mod mutants;
pub mod operator;
pub mod runbook;
pub mod talk;
