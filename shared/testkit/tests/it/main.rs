//! What stories rely on: the proxy's weather, and a kit that starts quickly.
#![cfg(test)]

mod kit;
mod proxy;
mod secrets;
