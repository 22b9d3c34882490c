//! What each call answers.

pub mod download;
pub mod links;
pub mod status;
pub mod upload;

pub use download::single_range;
