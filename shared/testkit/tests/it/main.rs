//! What stories rely on: the proxy's weather, and a kit that starts quickly.

mod kit;
mod proxy;
