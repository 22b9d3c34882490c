//! When a session must speak or end: hello, heartbeat, expiry, patience with a bad client.
//! Pure: no socket, no clock, no channel.

use std::time::{Duration, Instant};

use protocol::{CloseCode, limits};

/// How long before its end a token is announced to expire.
const EXPIRY_NOTICE: Duration = Duration::from_mins(1);
/// After `welcome`, `synced` comes within this time, whatever failed.
const SYNCED_WITHIN: Duration = Duration::from_secs(10);
/// A socket that keeps on over its rate for this long is closed.
const LIMITED_PATIENCE: Duration = Duration::from_secs(10);
/// Without going over its rate for this long after it was asked to wait, a socket has a clean slate.
const LIMITED_FORGIVEN: Duration = Duration::from_secs(3);

/// The times a gateway is configured with.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    pub hello: Duration,
    pub heartbeat: Duration,
    pub grace: Duration,
}

/// What happened to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// `welcome` was written.
    Welcomed,
    /// Every resumed conversation was synced or given up.
    CaughtUp,
    /// The client sent a frame that can be read.
    Frame,
    /// The client sent a frame that cannot be read.
    BadFrame,
    /// The client sent a frame over its rate and was asked to wait this long.
    Limited { wait: Duration },
    /// A token that expires at this time was accepted.
    Renewed { expires: Instant },
    /// A deadline of [`State::next_deadline`] has come.
    Tick,
}

/// What the session must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Ping,
    Synced,
    AuthExpiring { left: Duration },
    Close(CloseCode),
}

#[derive(Debug)]
pub struct State {
    times: Times,
    /// Set until `welcome` is written.
    hello_by: Option<Instant>,
    synced_by: Option<Instant>,
    ping_at: Instant,
    /// Set when a ping is out and nothing was heard since.
    answer_by: Option<Instant>,
    expires: Instant,
    expiry_told: bool,
    bad_frames: u32,
    limited: Option<Limited>,
}

/// A client over its rate.
#[derive(Debug, Clone, Copy)]
struct Limited {
    /// Since when it has kept on without waiting as asked.
    since: Instant,
    /// When it went over last.
    last: Instant,
    /// Until when it was asked to wait.
    until: Instant,
}

impl State {
    pub fn new(times: Times, expires: Instant, now: Instant) -> Self {
        Self {
            times,
            hello_by: Some(now + times.hello),
            synced_by: None,
            ping_at: now + times.heartbeat,
            answer_by: None,
            expires,
            expiry_told: false,
            bad_frames: 0,
            limited: None,
        }
    }

    /// What the session must do next; the state machine itself touches nothing.
    pub fn on(&mut self, event: Event, now: Instant) -> Option<Action> {
        match event {
            Event::Welcomed => {
                self.hello_by = None;
                self.synced_by = Some(now + SYNCED_WITHIN);
                None
            }
            Event::CaughtUp => self.synced_by.take().map(|_| Action::Synced),
            Event::Frame => {
                self.answer_by = None;
                None
            }
            Event::BadFrame => {
                self.answer_by = None;
                self.bad_frames += 1;
                (self.bad_frames >= limits::BAD_FRAMES).then_some(Action::Close(CloseCode::ProtocolError))
            }
            Event::Limited { wait } => self.limited(wait, now),
            Event::Renewed { expires } => {
                self.expires = expires;
                self.expiry_told = false;
                None
            }
            Event::Tick => self.tick(now),
        }
    }

    /// A client that waits as asked and is over its rate again, because another device of the person
    /// used it up, is not at fault.
    fn limited(&mut self, wait: Duration, now: Instant) -> Option<Action> {
        self.answer_by = None;
        let since = match self.limited {
            Some(before) if now < before.until => before.since,
            // It did not wait before, and one frame that found its way in between changes nothing.
            Some(before) if before.since < before.last && now - before.last < LIMITED_FORGIVEN => {
                before.since
            }
            _ => now,
        };
        self.limited = Some(Limited {
            since,
            last: now,
            until: now + wait,
        });
        (now - since >= LIMITED_PATIENCE).then_some(Action::Close(CloseCode::RateLimited))
    }

    /// One action a call: the caller ticks again until there is none.
    fn tick(&mut self, now: Instant) -> Option<Action> {
        if now >= self.expires {
            return Some(Action::Close(CloseCode::TokenExpired));
        }
        if let Some(by) = self.hello_by {
            return (now >= by).then_some(Action::Close(CloseCode::NoHello));
        }
        if self.answer_by.is_some_and(|by| now >= by) {
            return Some(Action::Close(CloseCode::Idle));
        }
        if self.synced_by.is_some_and(|by| now >= by) {
            self.synced_by = None;
            return Some(Action::Synced);
        }
        if !self.expiry_told && now + EXPIRY_NOTICE >= self.expires {
            self.expiry_told = true;
            return Some(Action::AuthExpiring {
                left: self.expires - now,
            });
        }
        if now >= self.ping_at {
            self.ping_at = now + self.times.heartbeat;
            self.answer_by.get_or_insert(now + self.times.grace);
            return Some(Action::Ping);
        }
        None
    }

    /// When [`Event::Tick`] is due, if nothing else happens.
    pub fn next_deadline(&self) -> Instant {
        if let Some(by) = self.hello_by {
            return by.min(self.expires);
        }
        let notice = self
            .expires
            .checked_sub(EXPIRY_NOTICE)
            .filter(|_| !self.expiry_told);
        [
            Some(self.ping_at),
            Some(self.expires),
            notice,
            self.answer_by,
            self.synced_by,
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(self.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn open() -> (State, Instant) {
        let now = Instant::now();
        let times = Times {
            hello: 5 * SECOND,
            heartbeat: 25 * SECOND,
            grace: 10 * SECOND,
        };
        (State::new(times, now + 3_600 * SECOND, now), now)
    }

    fn welcomed() -> (State, Instant) {
        let (mut state, now) = open();
        state.on(Event::Welcomed, now);
        state.on(Event::CaughtUp, now);
        (state, now)
    }

    #[test]
    fn a_socket_that_says_nothing_is_closed_after_five_seconds() {
        let (mut state, now) = open();

        assert_eq!(state.next_deadline(), now + 5 * SECOND);
        assert_eq!(
            state.on(Event::Tick, now + 5 * SECOND),
            Some(Action::Close(CloseCode::NoHello))
        );
    }

    #[test]
    fn a_ping_without_an_answer_closes_the_socket() {
        let (mut state, now) = welcomed();

        assert_eq!(state.on(Event::Tick, now + 25 * SECOND), Some(Action::Ping));
        assert_eq!(state.on(Event::Tick, now + 26 * SECOND), None);
        assert_eq!(
            state.on(Event::Tick, now + 35 * SECOND),
            Some(Action::Close(CloseCode::Idle))
        );
    }

    #[test]
    fn any_frame_answers_a_ping() {
        let (mut state, now) = welcomed();

        state.on(Event::Tick, now + 25 * SECOND);
        state.on(Event::Frame, now + 34 * SECOND);

        assert_eq!(state.on(Event::Tick, now + 36 * SECOND), None);
    }

    #[test]
    fn expiry_is_announced_once_and_then_kept() {
        let (mut state, now) = welcomed();
        let expires = now + 20 * SECOND;

        state.on(Event::Renewed { expires }, now);
        assert_eq!(
            state.on(Event::Tick, now),
            Some(Action::AuthExpiring { left: 20 * SECOND })
        );
        assert_eq!(state.on(Event::Tick, now), None);

        assert_eq!(
            state.on(Event::Tick, expires),
            Some(Action::Close(CloseCode::TokenExpired))
        );
    }

    #[test]
    fn the_tenth_bad_frame_closes_the_socket() {
        let (mut state, now) = welcomed();

        for _ in 1..limits::BAD_FRAMES {
            assert_eq!(state.on(Event::BadFrame, now), None);
        }

        assert_eq!(
            state.on(Event::BadFrame, now),
            Some(Action::Close(CloseCode::ProtocolError))
        );
    }

    #[test]
    fn a_socket_that_keeps_on_over_its_rate_for_ten_seconds_is_closed() {
        let (mut state, now) = welcomed();
        let limited = Event::Limited { wait: 2 * SECOND };

        for second in 0..10 {
            assert_eq!(state.on(limited, now + second * SECOND), None);
        }

        let last = state.on(limited, now + 10 * SECOND);
        assert_eq!(last, Some(Action::Close(CloseCode::RateLimited)));
    }

    #[test]
    fn a_socket_that_waits_as_asked_is_never_closed() {
        let (mut state, now) = welcomed();

        for second in 0..60 {
            let limited = Event::Limited { wait: SECOND };
            assert_eq!(state.on(limited, now + second * SECOND), None);
        }
    }

    #[test]
    fn synced_comes_once_and_within_ten_seconds() {
        let (mut state, now) = open();
        state.on(Event::Welcomed, now);

        assert_eq!(state.on(Event::Tick, now + 10 * SECOND), Some(Action::Synced));
        assert_eq!(state.on(Event::CaughtUp, now + 11 * SECOND), None);
    }
}
