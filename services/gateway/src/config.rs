use std::time::Duration;

use boot::{Invalid, Settings};
use clap::Parser;

use crate::{
    interest::{Listening, Mode},
    session::{sendqueue::Bounds, state::Times},
};

/// Spotter's gateway: sockets and fan-out.
#[derive(Parser, Debug)]
#[command(version)]
pub struct Config {
    #[command(flatten)]
    pub boot: boot::Config,
    #[command(flatten)]
    pub bus: bus::Config,
    #[command(flatten)]
    pub auth: auth::Config,
    #[command(flatten)]
    pub api: api::Config,
    /// How the gateway listens to conversations
    #[arg(long, env = "SPOTTER_INTEREST", value_enum, default_value = "person")]
    pub interest: Mode,
    /// Seconds a person who left is still listened to
    #[arg(long, env = "SPOTTER_INTEREST_GRACE_SECONDS", default_value_t = 30)]
    pub interest_grace_seconds: u64,
    #[command(flatten)]
    pub messages: quota::Messages,
    #[command(flatten)]
    pub commands: quota::Commands,
    #[command(flatten)]
    pub handshakes: quota::Handshakes,
    /// Sockets of one person on this replica
    #[arg(long, env = "SPOTTER_DEVICES", default_value_t = 10)]
    pub devices: usize,
    /// Frames that may wait for one socket before it is closed as too slow
    #[arg(long, env = "SPOTTER_QUEUE_FRAMES", default_value_t = 256)]
    pub queue_frames: usize,
    /// Bytes that may wait for one socket before it is closed as too slow
    #[arg(long, env = "SPOTTER_QUEUE_BYTES", default_value_t = 1_048_576)]
    pub queue_bytes: usize,
    /// Seconds a socket has for its hello
    #[arg(long, env = "SPOTTER_HELLO_SECONDS", default_value_t = 5)]
    pub hello_seconds: u64,
    /// Seconds between two pings
    #[arg(long, env = "SPOTTER_HEARTBEAT_SECONDS", default_value_t = 25)]
    pub heartbeat_seconds: u64,
    /// Seconds a ping may go unanswered
    #[arg(long, env = "SPOTTER_HEARTBEAT_GRACE_SECONDS", default_value_t = 10)]
    pub heartbeat_grace_seconds: u64,
}

impl Config {
    pub fn times(&self) -> Times {
        Times {
            hello: Duration::from_secs(self.hello_seconds),
            heartbeat: Duration::from_secs(self.heartbeat_seconds),
            grace: Duration::from_secs(self.heartbeat_grace_seconds),
        }
    }

    pub fn listening(&self) -> Listening {
        Listening {
            mode: self.interest,
            grace: Duration::from_secs(self.interest_grace_seconds),
        }
    }

    pub fn bounds(&self) -> Bounds {
        Bounds {
            frames: self.queue_frames,
            bytes: self.queue_bytes,
        }
    }
}

impl Settings for Config {
    fn boot(&self) -> &boot::Config {
        &self.boot
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.bus.validate()?;
        let positive = [
            ("SPOTTER_DEVICES", self.devices),
            ("SPOTTER_QUEUE_FRAMES", self.queue_frames),
            ("SPOTTER_QUEUE_BYTES", self.queue_bytes),
            (
                "SPOTTER_HELLO_SECONDS",
                usize::try_from(self.hello_seconds).unwrap_or(usize::MAX),
            ),
            (
                "SPOTTER_INTEREST_GRACE_SECONDS",
                usize::try_from(self.interest_grace_seconds).unwrap_or(usize::MAX),
            ),
            (
                "SPOTTER_HEARTBEAT_SECONDS",
                usize::try_from(self.heartbeat_seconds).unwrap_or(usize::MAX),
            ),
        ];
        match positive.into_iter().find(|(_, value)| *value == 0) {
            Some((variable, _)) => Err(Invalid::new(variable, "must be more than 0")),
            None => Ok(()),
        }
    }
}
