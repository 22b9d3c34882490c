//! Rates as they are configured, with the defaults that clients are promised.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

/// A burst that refills evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The time in which one use comes back.
    pub(crate) refill: Duration,
    pub(crate) burst: NonZeroU32,
}

impl Rate {
    /// `rate` uses a second, and up to `burst` at once; nothing can be limited to never.
    pub fn per_second(rate: u32, burst: u32) -> Self {
        Self::over(Duration::from_secs(1), rate, burst)
    }

    /// `rate` uses a minute, also all at once.
    pub fn per_minute(rate: u32) -> Self {
        Self::over(Duration::from_mins(1), rate, rate)
    }

    fn over(period: Duration, rate: u32, burst: u32) -> Self {
        Self {
            refill: (period / rate.max(1)).max(Duration::from_nanos(1)),
            burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
        }
    }
}

/// Reads `5/30`: five a second with a burst of thirty.
impl FromStr for Rate {
    type Err = Malformed;

    fn from_str(raw: &str) -> Result<Self, Malformed> {
        let (rate, burst) = raw.split_once('/').ok_or(Malformed::PerSecond)?;
        match (rate.trim().parse(), burst.trim().parse()) {
            (Ok(rate @ 1..), Ok(burst @ 1..)) => Ok(Self::per_second(rate, burst)),
            _ => Err(Malformed::PerSecond),
        }
    }
}

fn per_minute(raw: &str) -> Result<Rate, Malformed> {
    match raw.trim().parse() {
        Ok(rate @ 1..) => Ok(Rate::per_minute(rate)),
        _ => Err(Malformed::PerMinute),
    }
}

/// What a rate must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    PerSecond,
    PerMinute,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PerSecond => "must be <per second>/<burst>, such as 5/30",
            Self::PerMinute => "must be a number per minute, at least 1",
        })
    }
}

impl std::error::Error for Malformed {}

/// Messages of one person.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Messages {
    /// Messages of one person: <per second>/<burst>
    #[arg(
        long,
        env = "SPOTTER_RATE_MESSAGES",
        default_value = "5/30",
        value_name = "RATE"
    )]
    pub rate_messages: Rate,
}

/// Commands of one person other than messages.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Commands {
    /// Other commands of one person: <per second>/<burst>
    #[arg(
        long,
        env = "SPOTTER_RATE_COMMANDS",
        default_value = "20/100",
        value_name = "RATE"
    )]
    pub rate_commands: Rate,
}

/// What one address may ask before anybody is known.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Handshakes {
    /// Requests of one address that carry no valid token, and handshakes: <per second>/<burst>
    #[arg(
        long,
        env = "SPOTTER_RATE_HANDSHAKES",
        default_value = "20/200",
        value_name = "RATE"
    )]
    pub rate_handshakes: Rate,
}

/// Uploads of one person.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Uploads {
    /// Uploads of one person, per minute
    #[arg(long, env = "SPOTTER_RATE_UPLOADS", default_value = "30", value_name = "NUMBER", value_parser = per_minute)]
    pub rate_uploads: Rate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_per_second_and_a_burst() {
        assert_eq!("5/30".parse(), Ok(Rate::per_second(5, 30)));
        assert_eq!(per_minute("30"), Ok(Rate::per_minute(30)));

        for raw in ["", "5", "5/", "/5", "0/5", "5/0", "-1/5", "5/5/5", "many/more"] {
            assert_eq!(raw.parse::<Rate>(), Err(Malformed::PerSecond), "{raw}");
        }
        assert_eq!(per_minute("0"), Err(Malformed::PerMinute));
    }
}
