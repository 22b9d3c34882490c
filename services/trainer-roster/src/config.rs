//! What this service can be told.

use std::path::PathBuf;

use boot::{Invalid, Settings};
use protocol::UserId;
use secrecy::SecretString;

use crate::database;

/// Who works with whom: people, bookings, relations and revocations
#[derive(clap::Parser, Clone, Debug)]
pub struct Config {
    #[command(flatten)]
    pub boot: boot::Config,
    #[command(flatten)]
    pub bus: bus::Config,
    #[command(flatten)]
    pub auth: auth::Config,
    #[command(flatten)]
    pub api: api::Config,

    /// Address of the database, `postgres://user:password@host/database`
    #[arg(long, env = "SPOTTER_DATABASE_URL", hide_env_values = true)]
    database_url: Option<SecretString>,
    /// File that holds the address of the database
    #[arg(long, env = "SPOTTER_DATABASE_URL_FILE")]
    database_url_file: Option<PathBuf>,
    /// Most connections to the database
    #[arg(long, env = "SPOTTER_DATABASE_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_connections: u32,
    /// Stream of the broker on which the platform tells of users and bookings; without one, only HTTP does
    #[arg(long, env = "SPOTTER_DIRECTORY_STREAM", value_name = "NAME", value_parser = stream)]
    pub directory_stream: Option<String>,
    /// Deliveries after which a message of the stream that is still refused is parked
    #[arg(long, env = "SPOTTER_DIRECTORY_ATTEMPTS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub directory_attempts: u32,

    /// Apply the migrations and exit
    #[arg(long, group = "command")]
    pub migrate: bool,
    /// Read again from chat-history who has written to whom, and exit: after it was lost or damaged
    #[arg(long, group = "command")]
    pub rebuild_contacts: bool,
    /// Ask every service whether anything of this erased person is left, and exit: 0 when nothing is
    #[arg(long, value_name = "ID", group = "command")]
    pub prove_erased: Option<UserId>,
    /// List the messages of the stream that could not be kept, and exit
    #[arg(long, group = "command")]
    pub list_parked: bool,
    /// Keep what can be kept of them by now, and exit: 0 when none is left
    #[arg(long, group = "command")]
    pub replay_parked: bool,
    /// Give up the one of this number, and exit
    #[arg(long, value_name = "NUMBER", group = "command")]
    pub discard_parked: Option<i64>,
}

/// A name that the broker takes and no subject is harmed by.
fn stream(raw: &str) -> Result<String, String> {
    let is_name = (1..=64).contains(&raw.len())
        && raw
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let why = "is not the name of a stream: 1 to 64 letters, digits, - and _";
    is_name.then(|| raw.to_owned()).ok_or_else(|| why.to_owned())
}

impl Config {
    pub fn database_url(&self) -> Result<SecretString, Invalid> {
        const VARIABLE: &str = "SPOTTER_DATABASE_URL";
        boot::secret(VARIABLE, &self.database_url, &self.database_url_file)?
            .ok_or_else(|| Invalid::new(VARIABLE, "is required"))
    }
}

impl Settings for Config {
    fn boot(&self) -> &boot::Config {
        &self.boot
    }

    fn validate(&self) -> Result<(), Invalid> {
        // The value is left out: it may hold a password.
        if !database::is_address(&self.database_url()?) {
            return Err(Invalid::new(
                "SPOTTER_DATABASE_URL",
                "is not an address of a PostgreSQL",
            ));
        }
        if self.migrate || self.list_parked || self.discard_parked.is_some() {
            return Ok(());
        }
        if self.prove_erased.is_none() && !self.rebuild_contacts && !self.replay_parked {
            self.auth.validate()?;
        }
        self.bus.validate()
    }
}
