//! The session machine: any events at any time. It speaks when it must, never without end, and says when to look again.

use std::time::{Duration, Instant};

use gateway::outside::state::{Action, Event, State, Times};
use protocol::{CloseCode, limits};

/// Actions of one moment: an announcement, a ping, `synced`.
const AT_ONCE: usize = 4;

pub fn run(bytes: &[u8]) {
    let start = Instant::now();
    let times = Times {
        hello: Duration::from_secs(5),
        heartbeat: Duration::from_secs(25),
        grace: Duration::from_secs(10),
    };
    let expires = start + Duration::from_mins(10);
    let (mut state, mut now, mut bad, mut synced) = (State::new(times, expires, start), start, 0, 0);
    let mut expires = expires;
    for [what, much] in bytes.as_chunks::<2>().0 {
        now += Duration::from_millis(u64::from(*much) * 100);
        let event = match what % 7 {
            0 => Event::Welcomed,
            1 => Event::CaughtUp,
            2 => Event::Frame,
            3 => Event::BadFrame,
            4 => Event::Limited {
                wait: Duration::from_millis(u64::from(*much) * 20),
            },
            5 => {
                expires = now + Duration::from_secs(u64::from(*much));
                Event::Renewed { expires }
            }
            _ => Event::Tick,
        };
        bad += u32::from(event == Event::BadFrame);
        synced = if event == Event::Welcomed { 0 } else { synced };
        let mut actions: Vec<Action> = state.on(event, now).into_iter().collect();
        while let Some(action) = state.on(Event::Tick, now) {
            actions.push(action);
            if matches!(action, Action::Close(_)) {
                break;
            }
            assert!(actions.len() <= AT_ONCE, "{actions:?}");
        }
        synced += actions.iter().filter(|action| **action == Action::Synced).count();
        assert!(synced <= 1, "synced twice");
        let closes = actions.iter().any(|action| matches!(action, Action::Close(_)));
        assert!(bad < limits::BAD_FRAMES || closes, "bad frames without end");
        assert!(
            now < expires || actions.contains(&Action::Close(CloseCode::TokenExpired)) || closes,
            "a token for ever"
        );
        if closes {
            return;
        }
        assert!(state.next_deadline() > now, "a deadline that is over");
    }
}
