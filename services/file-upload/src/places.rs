//! Uploads in work: bounded for all, and for each person, so that one person's slow line does not
//! hold up the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::{ErrorCode, UserId, error::Refusal};

/// Uploads of one person at once.
const EACH: usize = 4;
/// When somebody who has too many in work may try again.
const COME_BACK: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Places {
    all: usize,
    /// How many each person holds; nobody with none is in it.
    taken: Mutex<HashMap<UserId, usize>>,
}

/// One upload's place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    person: UserId,
}

impl Places {
    pub fn new(all: usize) -> Arc<Self> {
        Arc::new(Self {
            all,
            taken: Mutex::default(),
        })
    }

    pub fn take(self: &Arc<Self>, person: UserId) -> Result<Place, Refusal> {
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= self.all {
            return Err(ErrorCode::Overloaded.into());
        }
        let own = taken.entry(person).or_default();
        if *own >= EACH {
            return Err(Refusal {
                retry_after_ms: u64::try_from(COME_BACK.as_millis()).ok(),
                ..ErrorCode::RateLimited.into()
            });
        }
        *own += 1;
        Ok(Place {
            places: Arc::clone(self),
            person,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(own) = taken.get_mut(&self.person) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_person_leaves_places_for_others() {
        let places = Places::new(10);
        let (anna, tom) = (person(1), person(2));

        let held: Vec<_> = (0..EACH).map(|_| places.take(anna).unwrap()).collect();

        assert_eq!(places.take(anna).unwrap_err().code, ErrorCode::RateLimited);
        places.take(tom).unwrap();
        drop(held);
        places.take(anna).unwrap();
        assert!(places.lock().is_empty());
    }

    #[test]
    fn all_people_together_are_bounded() {
        let places = Places::new(3);
        let held: Vec<_> = (0..3).map(|n| places.take(person(n)).unwrap()).collect();

        assert_eq!(places.take(person(9)).unwrap_err().code, ErrorCode::Overloaded);

        drop(held);
        places.take(person(9)).unwrap();
    }

    fn person(n: u128) -> UserId {
        UserId(Uuid::from_u128(n))
    }
}
