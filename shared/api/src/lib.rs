//! HTTP as every service speaks it: problems, extractors, and the layers around all routes.
//!
//! Reading order: `config` is what may be set, `stack` wraps a router, `observe` logs and
//! counts, `caller` knows who asks, `problem` is the only refusal, `body`, `query` and `path`
//! parse, `link` pages, `address` and `origins` say where a request came from.

mod address;
mod body;
mod caller;
mod config;
mod link;
mod observe;
mod origins;
mod path;
mod problem;
mod query;
mod stack;

pub use address::{ClientAddress, Network};
pub use body::{Json, read as read_json};
pub use caller::{Me, Person, Platform, Trainer, User, bearer};
pub use config::Config;
pub use link::Link;
pub use origins::{Origin, Origins};
pub use path::Path;
pub use problem::Problem;
pub use query::Query;
pub use stack::{Stack, layer};
