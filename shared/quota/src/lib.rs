//! How often one person or one address may do something, on this replica.
//!
//! Reading order: `rate` is what may be set, `quota` counts.

mod quota;
mod rate;

pub use quota::Quota;
pub use rate::{Commands, Handshakes, Messages, Rate, Uploads};
