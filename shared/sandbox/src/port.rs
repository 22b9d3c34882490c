use std::fs::File;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use rand::Rng;

/// The ports this process was given, each with the lock that keeps other processes from it.
static TAKEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Returns a port that nobody else gets while this process lives.
///
/// It lies below the range that systems use for outgoing connections, so that a server may be
/// killed and started again on the same port; a lock file keeps parallel test processes apart.
pub fn free_port() -> u16 {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let port = rand::rng().random_range(15_000..32_000);
        if let Some(lock) = claim(port) {
            taken.push(lock);
            return port;
        }
    }
}

/// Takes this very port for as long as this process lives; false when somebody has it.
pub fn reserve_port(port: u16) -> bool {
    let lock = claim(port);
    let reserved = lock.is_some();
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner).extend(lock);
    reserved
}

fn claim(port: u16) -> Option<File> {
    let folder = crate::scratch::shared_folder("ports").ok()?;
    let lock = File::create(folder.join(port.to_string())).ok()?;
    lock.try_lock().ok()?;
    TcpListener::bind(("127.0.0.1", port)).ok()?;
    Some(lock)
}
