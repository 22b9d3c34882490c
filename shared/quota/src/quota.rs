//! One counter per person or address, forgotten when it is full again.

use std::{hash::Hash, sync::Arc, time::Duration};

use boot::Lifecycle;
use governor::{RateLimiter, clock::Clock as _, clock::DefaultClock, state::keyed::DashMapStateStore};

use crate::Rate;

/// How often keys that were not used lately are forgotten: a hostile stream of new keys lives no longer.
const SWEEP: Duration = Duration::from_secs(30);

/// Limits each key to a rate; clones share the counts.
pub struct Quota<K: Hash + Eq + Clone> {
    counts: Arc<RateLimiter<K, DashMapStateStore<K>, DefaultClock>>,
}

impl<K: Hash + Eq + Clone> Clone for Quota<K> {
    fn clone(&self) -> Self {
        Self {
            counts: self.counts.clone(),
        }
    }
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Quota<K> {
    /// Limits each key to `rate`, and forgets idle keys on a task of `life`.
    pub fn new(rate: Rate, life: &Lifecycle) -> Self {
        let quota = Self::unswept(rate);
        let (swept, hard) = (quota.clone(), life.hard.clone());
        life.tasks.spawn("quota sweep", async move {
            while hard
                .run_until_cancelled(tokio::time::sleep(SWEEP))
                .await
                .is_some()
            {
                swept.sweep();
            }
        });
        quota
    }

    /// Limits each key to `rate` a second with a burst.
    pub fn per_second(rate: u32, burst: u32, life: &Lifecycle) -> Self {
        Self::new(Rate::per_second(rate, burst), life)
    }

    /// A quota whose owner calls [`Quota::sweep`].
    pub fn unswept(rate: Rate) -> Self {
        let quota = governor::Quota::with_period(rate.refill)
            .unwrap_or_else(|| governor::Quota::per_second(rate.burst))
            .allow_burst(rate.burst);
        Self {
            counts: Arc::new(RateLimiter::dashmap(quota)),
        }
    }

    /// Takes one use of `key`, or says how long to wait for the next.
    pub fn check(&self, key: &K) -> Result<(), Duration> {
        self.counts
            .check_key(key)
            .map_err(|over| over.wait_time_from(self.counts.clock().now()))
    }

    /// Forgets the keys whose burst is full again.
    pub fn sweep(&self) {
        self.counts.retain_recent();
        self.counts.shrink_to_fit();
    }

    /// How many keys are remembered.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_burst_passes_and_the_next_is_told_when_to_come_back() {
        let quota = Quota::unswept(Rate::per_second(1, 3));

        let first: Vec<_> = (0..3).map(|_| quota.check(&"anna")).collect();
        let fourth = quota.check(&"anna").unwrap_err();

        assert_eq!(first, [Ok(()); 3]);
        assert!(
            fourth > Duration::from_millis(500) && fourth <= Duration::from_secs(1),
            "{fourth:?}"
        );
    }

    #[test]
    fn one_person_does_not_use_up_what_another_may() {
        let quota = Quota::unswept(Rate::per_second(1, 1));

        quota.check(&"anna").unwrap();
        quota.check(&"anna").unwrap_err();

        quota.check(&"tom").unwrap();
    }

    #[test]
    fn keys_that_are_full_again_are_forgotten_and_others_stay() {
        let quota = Quota::unswept(Rate::per_second(1_000_000, 1));
        let slow = Quota::unswept(Rate::per_minute(1));
        for address in 0..1_000 {
            quota.check(&address).unwrap();
            slow.check(&address).unwrap();
        }

        let deadline = Instant::now() + Duration::from_secs(5);
        while !quota.is_empty() && Instant::now() < deadline {
            quota.sweep();
            slow.sweep();
        }

        assert_eq!((quota.len(), slow.len()), (0, 1_000));
    }
}
