//! What a story asks for.

use std::path::PathBuf;

/// How many of what a story has.
#[derive(Debug, Clone)]
pub struct Options {
    pub gateways: usize,
    pub histories: usize,
    pub rosters: usize,
    /// Also starts file-upload and an S3.
    pub files: bool,
    /// How many file-uploads, where there are files.
    pub uploads: usize,
    /// Each replica has an address of its own and all have one internal port, as behind an edge that asks how
    /// they are: see `Kit::upstreams`. Only Linux gives the loopback that many addresses.
    pub addresses: bool,
    /// A PostgreSQL of the story's own, for stories that kill it.
    pub own_postgres: bool,
    /// More variables for every service.
    pub env: Vec<(&'static str, String)>,
    /// Gateways reach the broker through a proxy of the story: see `Kit::broker_line`.
    pub proxied_broker: bool,
    /// The same for chat-history: see `Kit::history_line`.
    pub proxied_history: bool,
    /// This service reaches its database through a proxy of the story: see `Kit::database_line`.
    pub proxied_database: Option<&'static str>,
    /// Brokers of one cluster; gateways and services know all of them.
    pub brokers: usize,
    /// A PostgreSQL of the story's own with a synchronous standby, reached by an address that follows the
    /// primary: see `Kit::fail_over`.
    pub standby: bool,
    /// Every replica reaches the brokers and its database over lines of its own: see `Kit::lines`.
    pub lines: bool,
    /// The broker keeps streams, and trainer-roster takes what a platform tells the stream `DIRECTORY`.
    pub directory_stream: bool,
    /// Where a PostgreSQL of the story's own keeps its data: see `sandbox::SmallDisk`.
    pub database_data: Option<PathBuf>,
    /// More variables for one replica: a service, which of them, name and value.
    pub replicas: Vec<(&'static str, usize, &'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            gateways: 1,
            histories: 1,
            rosters: 1,
            files: false,
            uploads: 1,
            addresses: false,
            own_postgres: false,
            env: Vec::new(),
            proxied_broker: false,
            proxied_history: false,
            proxied_database: None,
            brokers: 1,
            standby: false,
            lines: false,
            directory_stream: false,
            database_data: None,
            replicas: Vec::new(),
        }
    }
}

impl Options {
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.env.push((variable, value.to_owned()));
        self
    }

    /// Tells one replica of a service more than its siblings.
    #[must_use]
    pub fn with_replica(
        mut self,
        replica: (&'static str, usize),
        variables: &[(&'static str, String)],
    ) -> Self {
        let (service, index) = replica;
        let variables = variables
            .iter()
            .map(|(name, value)| (service, index, *name, value.clone()));
        self.replicas.extend(variables);
        self
    }

    /// Limits that stand in no story's way.
    #[must_use]
    pub fn unlimited(self) -> Self {
        [
            "SPOTTER_RATE_MESSAGES",
            "SPOTTER_RATE_COMMANDS",
            "SPOTTER_RATE_HTTP",
            "SPOTTER_RATE_HANDSHAKES",
        ]
        .into_iter()
        .fold(self, |options, variable| {
            options.with(variable, "1000000/1000000")
        })
    }
}
