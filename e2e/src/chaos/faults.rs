//! What can be done to a Spotter, where, and for how long.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

pub const GATEWAYS: usize = 3;
/// Of chat-history, trainer-roster and file-upload each.
pub const REPLICAS: usize = 2;
pub const BROKERS: usize = 3;

/// A fault, after the table of faults that Spotter must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    KillGateway,
    StopGateway,
    DrainGateway,
    KillHistory,
    StopHistory,
    DrainHistory,
    /// Dies between the commit and the publish.
    AbortAfterCommit,
    /// Dies between the publish and the reply.
    AbortAfterPublish,
    KillRoster,
    StopRoster,
    DrainRoster,
    KillUpload,
    StopUpload,
    DrainUpload,
    KillBroker,
    StopBroker,
    KillDatabase,
    StopDatabase,
    StopStandby,
    FailOver,
    CutGatewayFromBrokers,
    SwallowGatewayToBrokers,
    DeafenGatewayToBrokers,
    MuteGatewayToBrokers,
    DelayGatewayToBrokers,
    CutHistoryFromBrokers,
    SwallowHistoryToBrokers,
    DelayHistoryToBrokers,
    CutHistoryFromDatabase,
    SwallowHistoryToDatabase,
    DelayHistoryToDatabase,
    SwallowRosterToDatabase,
    CutDevices,
    SnipDevices,
    ThinDevices,
    DelayDevices,
    RepeatEvents,
    InventEvents,
    ClockAhead,
    ClockBehind,
}

/// What a fault takes for itself: nothing else is done to it meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    Replica(&'static str, usize),
    Broker(usize),
    Database,
    Devices(usize),
    Events,
    /// The one replica whose clock can be turned.
    Clock,
}

/// One fault of a schedule, at a time after the beginning, for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    /// Which of several alike.
    pub target: usize,
    pub at: Duration,
    pub length: Duration,
}

impl Kind {
    pub const ALL: [Self; 40] = [
        Self::KillGateway,
        Self::StopGateway,
        Self::DrainGateway,
        Self::KillHistory,
        Self::StopHistory,
        Self::DrainHistory,
        Self::AbortAfterCommit,
        Self::AbortAfterPublish,
        Self::KillRoster,
        Self::StopRoster,
        Self::DrainRoster,
        Self::KillUpload,
        Self::StopUpload,
        Self::DrainUpload,
        Self::KillBroker,
        Self::StopBroker,
        Self::KillDatabase,
        Self::StopDatabase,
        Self::StopStandby,
        Self::FailOver,
        Self::CutGatewayFromBrokers,
        Self::SwallowGatewayToBrokers,
        Self::DeafenGatewayToBrokers,
        Self::MuteGatewayToBrokers,
        Self::DelayGatewayToBrokers,
        Self::CutHistoryFromBrokers,
        Self::SwallowHistoryToBrokers,
        Self::DelayHistoryToBrokers,
        Self::CutHistoryFromDatabase,
        Self::SwallowHistoryToDatabase,
        Self::DelayHistoryToDatabase,
        Self::SwallowRosterToDatabase,
        Self::CutDevices,
        Self::SnipDevices,
        Self::ThinDevices,
        Self::DelayDevices,
        Self::RepeatEvents,
        Self::InventEvents,
        Self::ClockAhead,
        Self::ClockBehind,
    ];

    /// How many there are to choose from.
    pub fn targets(self) -> usize {
        match self.place(0) {
            Place::Replica("gateway", _) | Place::Devices(_) => GATEWAYS,
            // Each replica of chat-history knows one step to die at.
            Place::Replica(..) if !self.aborts() => REPLICAS,
            Place::Broker(_) => BROKERS,
            _ => 1,
        }
    }

    pub fn place(self, target: usize) -> Place {
        match self {
            Self::KillGateway
            | Self::StopGateway
            | Self::DrainGateway
            | Self::CutGatewayFromBrokers
            | Self::SwallowGatewayToBrokers
            | Self::DeafenGatewayToBrokers
            | Self::MuteGatewayToBrokers
            | Self::DelayGatewayToBrokers => Place::Replica("gateway", target),
            Self::AbortAfterPublish => Place::Replica("chat-history", 1),
            Self::KillHistory
            | Self::StopHistory
            | Self::DrainHistory
            | Self::AbortAfterCommit
            | Self::CutHistoryFromBrokers
            | Self::SwallowHistoryToBrokers
            | Self::DelayHistoryToBrokers
            | Self::CutHistoryFromDatabase
            | Self::SwallowHistoryToDatabase
            | Self::DelayHistoryToDatabase => Place::Replica("chat-history", target),
            Self::KillRoster | Self::StopRoster | Self::DrainRoster | Self::SwallowRosterToDatabase => {
                Place::Replica("trainer-roster", target)
            }
            Self::KillUpload | Self::StopUpload | Self::DrainUpload => Place::Replica("file-upload", target),
            Self::KillBroker | Self::StopBroker => Place::Broker(target),
            Self::KillDatabase | Self::StopDatabase | Self::StopStandby | Self::FailOver => Place::Database,
            Self::CutDevices | Self::SnipDevices | Self::ThinDevices | Self::DelayDevices => {
                Place::Devices(target)
            }
            Self::RepeatEvents | Self::InventEvents => Place::Events,
            Self::ClockAhead | Self::ClockBehind => Place::Clock,
        }
    }

    /// How long it lasts, in milliseconds: from what nobody notices to what everybody does.
    pub fn lasts(self) -> RangeInclusive<u64> {
        match self {
            // The whole of Spotter stands still.
            Self::KillDatabase | Self::FailOver => 100..=1_000,
            Self::StopDatabase | Self::StopStandby => 1_000..=5_000,
            Self::AbortAfterCommit | Self::AbortAfterPublish => 1_000..=3_000,
            Self::ClockAhead | Self::ClockBehind => 3_000..=10_000,
            Self::StopGateway
            | Self::StopBroker
            | Self::DeafenGatewayToBrokers
            | Self::MuteGatewayToBrokers
            | Self::SwallowGatewayToBrokers
            | Self::SwallowHistoryToBrokers => 1_000..=7_000,
            _ => 500..=5_000,
        }
    }

    fn aborts(self) -> bool {
        matches!(self, Self::AbortAfterCommit | Self::AbortAfterPublish)
    }
}

impl fmt::Display for Kind {
    /// In words: `kill gateway`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, letter) in format!("{self:?}").chars().enumerate() {
            if index > 0 && letter.is_uppercase() {
                f.write_str(" ")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}

impl FromStr for Kind {
    type Err = String;

    /// As printed, with dashes for the spaces: `kill-gateway`.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let words = raw.replace('-', " ");
        let found = Self::ALL.into_iter().find(|kind| kind.to_string() == words);
        found.ok_or_else(|| format!("`{raw}` is no fault that is known"))
    }
}

impl Fault {
    pub fn place(&self) -> Place {
        self.kind.place(self.target)
    }

    pub fn end(&self) -> Duration {
        self.at + self.length
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.at.as_secs_f64(), self.end().as_secs_f64());
        write!(f, "{from:>6.1}-{to:<6.1} {} {}", self.kind, self.target)
    }
}
