//! `make kill-gateway`: shows that nobody notices.

use rand::seq::IndexedRandom;
use rustix::process::{Pid, Signal, kill_process};

use crate::Error;
use crate::layout::Layout;

pub fn gateway() -> Result<(), Error> {
    let running = Layout::of_repository()?.running()?;
    let gateway = running
        .gateways
        .choose(&mut rand::rng())
        .ok_or("no gateway runs")?;
    let pid = Pid::from_raw(gateway.pid.cast_signed()).ok_or("no gateway runs")?;
    kill_process(pid, Signal::KILL)?;
    println!(
        "Killed {} (process {}); it starts again by itself.",
        gateway.name, gateway.pid
    );
    Ok(())
}
