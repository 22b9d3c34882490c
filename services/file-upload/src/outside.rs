//! What reads uploads, in the open for `fuzz/`.

pub use crate::{
    names::{display, document},
    receive::{Received, receive},
    render::render,
    requests::single_range,
    voice::measured,
};
