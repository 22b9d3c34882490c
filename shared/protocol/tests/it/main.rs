//! The golden JSON files in `fixtures/`: Rust and TypeScript read the same ones.
#![cfg(test)]

mod fixtures;
mod variants;
