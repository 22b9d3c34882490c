//! Each server starts, is killed and comes back, and nothing outlives its parent.

mod leftovers;
mod servers;
