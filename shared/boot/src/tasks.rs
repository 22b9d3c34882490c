//! Every task has a name and an owner that waits for its end.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};
use tracing::{Instrument as _, error, warn};

/// The tasks of a process; clones share them.
#[derive(Clone, Default)]
pub struct Tasks {
    running: TaskTracker,
    draining: TaskTracker,
    /// How many tasks of each name run, written by each task when it begins and ends.
    names: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

/// Delays the hard end of the process, up to the drain's deadline, while it is held.
#[must_use = "the drain goes on without it when it is dropped"]
#[derive(Debug)]
pub struct DrainGuard {
    _token: TaskTrackerToken,
}

impl Tasks {
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `future` in the background, in the caller's span. A panic is logged with the task's name.
    pub fn spawn<F>(&self, name: &'static str, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let named = Named::new(name, self.names.clone());
        let task = async move {
            match AssertUnwindSafe(future).catch_unwind().await {
                Ok(output) => {
                    drop(named);
                    output
                }
                Err(panic) => {
                    error!(task = name, "Task `{name}` panicked");
                    std::panic::resume_unwind(panic)
                }
            }
        };
        self.running.spawn(task.in_current_span())
    }

    /// Returns a guard for work that should still finish after the soft stop.
    pub fn drain_guard(&self) -> DrainGuard {
        DrainGuard {
            _token: self.draining.token(),
        }
    }

    /// Waits until nobody holds a drain guard.
    pub async fn drained(&self) {
        self.draining.close();
        self.draining.wait().await;
    }

    /// Waits for all tasks to end, and names those that did not.
    pub async fn finish(&self, within: Duration) {
        self.running.close();
        if tokio::time::timeout(within, self.running.wait()).await.is_err() {
            let names: Vec<_> = self.lock().keys().copied().collect();
            warn!(tasks = names.join(","), "Tasks did not end in time");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, usize>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a task under its name for as long as it lives.
struct Named {
    name: &'static str,
    names: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Named {
    fn new(name: &'static str, names: Arc<Mutex<BTreeMap<&'static str, usize>>>) -> Self {
        *names
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(name)
            .or_default() += 1;
        Self { name, names }
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = names.get_mut(self.name) {
            *count -= 1;
            if *count == 0 {
                names.remove(self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_end_waits_for_tasks_and_no_longer_than_told() {
        let tasks = Tasks::new();
        let (release, released) = tokio::sync::oneshot::channel::<()>();
        let stuck = tasks.spawn("stuck", released);

        tasks.finish(Duration::from_millis(10)).await;
        assert_eq!(tasks.lock().get("stuck"), Some(&1));

        release.send(()).unwrap();
        stuck.await.unwrap().unwrap();
        tasks.finish(Duration::from_secs(5)).await;
        assert!(tasks.lock().is_empty());
    }

    #[tokio::test]
    async fn the_drain_lasts_as_long_as_a_guard_is_held() {
        let tasks = Tasks::new();
        let guard = tasks.drain_guard();

        assert!(tasks.drained().now_or_never().is_none());
        drop(guard);

        assert!(tasks.drained().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_panic_ends_one_task_and_is_seen_by_who_waits() {
        let tasks = Tasks::new();

        let outcome = tasks.spawn("clumsy", async { panic!("dropped it") }).await;

        assert!(outcome.unwrap_err().is_panic());
        assert!(tasks.lock().is_empty());
    }
}
