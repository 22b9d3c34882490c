//! When to connect, when to give a socket up, and when HTTP must do: pure, with the time passed in.

use std::time::{Duration, Instant};

use protocol::frame::{Backoff, Heartbeat};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::socket::{Ended, Refused};

/// A socket that does not welcome within this is given up.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(15);
/// Live for this long, the backoff starts over.
const STEADY: Duration = Duration::from_secs(30);

/// Why a device does not come back by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Closed with a code that says so.
    Closed(u16),
    /// The upgrade was refused for good.
    Refused(u16),
}

#[derive(Debug)]
pub struct Link {
    socket: Option<Open>,
    dial: Dial,
    backoff: Backoff,
    /// Connects that failed and sockets that died young, since the last steady one.
    failures: u32,
    /// Connects that failed since the last one that succeeded.
    refusals: u32,
    stopped: Option<Stop>,
    cap: Option<Duration>,
    jitter: StdRng,
}

#[derive(Debug)]
struct Open {
    since: Instant,
    /// Silent for longer, the socket is given up.
    heartbeat: Option<Duration>,
    heard: Instant,
    /// What the last `status` said.
    live: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dial {
    Idle,
    At(Instant),
    Dialing,
}

/// What the clock asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Dial,
    GiveUp,
}

impl Link {
    /// `cap` shortens the server's longest backoff, for stories that kill servers by the dozen.
    pub fn new(seed: u64, cap: Option<Duration>, now: Instant) -> Self {
        Self {
            socket: None,
            dial: Dial::At(now),
            backoff: Backoff {
                min_ms: 250,
                max_ms: 30_000,
            },
            failures: 0,
            refusals: 0,
            stopped: None,
            cap,
            jitter: StdRng::seed_from_u64(seed),
        }
    }

    pub fn is_welcomed(&self) -> bool {
        self.socket.as_ref().is_some_and(|open| open.heartbeat.is_some())
    }

    /// Welcomed, and the gateway reaches the broker.
    pub fn is_live(&self) -> bool {
        self.is_welcomed() && self.socket.as_ref().is_some_and(|open| open.live)
    }

    /// Sending and polling must go over HTTP.
    pub fn is_degraded(&self) -> bool {
        let dumb = self.is_welcomed() && !self.is_live();
        self.stopped.is_none() && (dumb || (!self.is_welcomed() && self.refusals > 0))
    }

    pub fn stopped(&self) -> Option<&Stop> {
        self.stopped.as_ref()
    }

    pub fn opened(&mut self, now: Instant) {
        self.dial = Dial::Idle;
        self.refusals = 0;
        self.socket = Some(Open {
            since: now,
            heartbeat: None,
            heard: now,
            live: true,
        });
    }

    pub fn welcomed(&mut self, heartbeat: Heartbeat, backoff: Backoff) {
        self.backoff = backoff;
        if let Some(open) = &mut self.socket {
            let silence = heartbeat.interval_ms + heartbeat.grace_ms;
            open.heartbeat = Some(Duration::from_millis(silence));
        }
    }

    pub fn heard(&mut self, now: Instant) {
        if let Some(open) = &mut self.socket {
            open.heard = now;
        }
    }

    pub fn status(&mut self, live: bool) {
        if let Some(open) = &mut self.socket {
            open.live = live;
        }
    }

    /// The server is going away: the next socket opens before this one closes.
    pub fn hand_over(&mut self, at: Instant) {
        if self.dial == Dial::Idle {
            self.dial = Dial::At(at);
        }
    }

    pub fn closed(&mut self, ended: &Ended, now: Instant) {
        let Some(open) = self.socket.take() else { return };
        if let Some(code) = ended.code.filter(|_| !ended.reconnects()) {
            self.stopped = Some(Stop::Closed(code));
            self.dial = Dial::Idle;
            return;
        }
        if now.duration_since(open.since) >= STEADY {
            self.failures = 0;
        }
        // A hand-over that is on its way already is not put off.
        if self.dial != Dial::Dialing {
            self.retry(None, now);
        }
    }

    pub fn refused(&mut self, refused: &Refused, now: Instant) {
        self.refusals += 1;
        self.dial = Dial::Idle;
        match refused.status() {
            Some(status) if refused.is_final() => self.stopped = Some(Stop::Refused(status)),
            _ => self.retry(refused.retry_after(), now),
        }
    }

    /// Comes back after a stop, as when a person signs in again.
    pub fn wake(&mut self, now: Instant) {
        self.stopped = None;
        if self.socket.is_none() && self.dial != Dial::Dialing {
            self.dial = Dial::At(now);
        }
    }

    pub fn due(&mut self, now: Instant) -> Option<Due> {
        if self.socket.as_ref().is_some_and(|open| open.silent_at() <= now) {
            return Some(Due::GiveUp);
        }
        match self.dial {
            Dial::At(at) if at <= now => {
                self.dial = Dial::Dialing;
                Some(Due::Dial)
            }
            _ => None,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        let dial = match self.dial {
            Dial::At(at) => Some(at),
            Dial::Idle | Dial::Dialing => None,
        };
        dial.into_iter()
            .chain(self.socket.as_ref().map(Open::silent_at))
            .min()
    }

    /// A time between 3/4 and 5/4 of `around`.
    pub fn spread(&mut self, around: Duration) -> Duration {
        around.mul_f64(self.jitter.random_range(0.75..1.25))
    }

    /// Full jitter: anywhere between the least and an exponentially growing most.
    fn retry(&mut self, at_least: Option<Duration>, now: Instant) {
        let growth = 2_u64.saturating_pow(self.failures.min(16) + 1);
        let most = self
            .backoff
            .min_ms
            .saturating_mul(growth)
            .min(self.backoff.max_ms);
        let cap = self
            .cap
            .map_or(u64::MAX, |cap| u64::try_from(cap.as_millis()).unwrap_or(u64::MAX));
        let most = most.min(cap).max(self.backoff.min_ms);
        let delay = Duration::from_millis(self.jitter.random_range(self.backoff.min_ms..=most));
        self.failures += 1;
        self.dial = Dial::At(now + delay.max(at_least.unwrap_or_default()));
    }
}

impl Open {
    fn silent_at(&self) -> Instant {
        self.heard + self.heartbeat.unwrap_or(WELCOME_TIMEOUT)
    }
}
