//! Prints the documents of the wire from `protocol`, and fails when a committed one differs.
#![cfg(test)]

mod asyncapi;
mod fixtures;
mod openapi;
mod pages;
mod printed;
mod protocol_page;
mod schemas;
mod socket_page;
mod typescript;
