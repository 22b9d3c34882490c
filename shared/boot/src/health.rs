//! What must be true before traffic is sent here.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::CancellationToken;

/// The conditions of readiness; clones share them.
#[derive(Clone, Default)]
pub struct Health {
    probes: Arc<Mutex<Vec<Probe>>>,
    draining: CancellationToken,
}

/// One condition, owned by the part that knows it. False until it is set.
#[derive(Clone, Debug)]
pub struct Probe {
    name: &'static str,
    good: Arc<AtomicBool>,
}

impl Health {
    pub(crate) fn new(draining: CancellationToken) -> Self {
        Self {
            probes: Arc::default(),
            draining,
        }
    }

    /// Adds a condition; the service is not ready before it is set.
    pub fn probe(&self, name: &'static str) -> Probe {
        let probe = Probe {
            name,
            good: Arc::default(),
        };
        self.probes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(probe.clone());
        probe
    }

    /// The names of what keeps this service from being ready; empty when it is.
    pub fn failing(&self) -> Vec<&'static str> {
        let probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
        let failing = probes
            .iter()
            .filter(|probe| !probe.is_good())
            .map(|probe| probe.name);
        self.draining
            .is_cancelled()
            .then_some("draining")
            .into_iter()
            .chain(failing)
            .collect()
    }
}

impl Probe {
    pub fn set(&self, good: bool) {
        if self.good.swap(good, Ordering::Relaxed) != good {
            tracing::info!(probe = self.name, good, "Probe `{}` changed", self.name);
        }
    }

    pub fn is_good(&self) -> bool {
        self.good.load(Ordering::Relaxed)
    }
}
