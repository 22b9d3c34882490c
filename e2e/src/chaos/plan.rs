//! How much of it.

use std::time::Duration;

use super::faults::Kind;

/// What the command is told.
#[derive(Debug, Clone, clap::Args)]
pub struct Form {
    /// Everything that is chosen is chosen from this; a random one when absent
    #[arg(long)]
    seed: Option<u64>,
    /// Small enough for every build
    #[arg(long)]
    short: bool,
    /// Seconds of faults
    #[arg(long)]
    seconds: Option<u64>,
    /// Conversations that go on meanwhile
    #[arg(long)]
    conversations: Option<usize>,
    /// Messages that are written at least
    #[arg(long)]
    messages: Option<usize>,
    /// Only these faults, separated by commas: `kill-gateway,abort-after-commit`
    #[arg(long, value_delimiter = ',')]
    only: Vec<Kind>,
    /// Runs one after the other with the next seeds, for so many minutes
    #[arg(long)]
    pub minutes: Option<u64>,
}

/// What one run is.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    /// How long faults are begun.
    pub span: Duration,
    pub conversations: usize,
    pub messages: usize,
    pub kinds: Vec<Kind>,
}

impl Form {
    pub fn plan(&self) -> Plan {
        let (seconds, conversations, messages) = if self.short {
            (45, 16, 1_500)
        } else {
            (240, 60, 20_500)
        };
        Plan {
            seed: self.seed.unwrap_or_else(|| rand::random_range(1..1_000_000)),
            span: Duration::from_secs(self.seconds.unwrap_or(seconds).max(1)),
            conversations: self.conversations.unwrap_or(conversations).max(1),
            messages: self.messages.unwrap_or(messages),
            kinds: if self.only.is_empty() {
                Kind::ALL.to_vec()
            } else {
                self.only.clone()
            },
        }
    }
}

impl Plan {
    /// The same with the next seed.
    #[must_use]
    pub fn next(&self) -> Self {
        Self {
            seed: self.seed.wrapping_add(1),
            ..self.clone()
        }
    }

    /// What runs the same again.
    pub fn command(&self) -> String {
        let mut command = format!(
            "e2e chaos --seed {} --seconds {} --conversations {} --messages {}",
            self.seed,
            self.span.as_secs(),
            self.conversations,
            self.messages
        );
        if self.kinds != Kind::ALL {
            let kinds: Vec<_> = self
                .kinds
                .iter()
                .map(|kind| kind.to_string().replace(' ', "-"))
                .collect();
            command.push_str(" --only ");
            command.push_str(&kinds.join(","));
        }
        command
    }

    /// How long the messages may take after the last fault: the judge does not look at speed.
    pub fn patience(&self) -> Duration {
        self.span.max(Duration::from_mins(1)) * 2
    }
}
