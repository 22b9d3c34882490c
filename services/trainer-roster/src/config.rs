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
    /// Apply the migrations and exit
    #[arg(long)]
    pub migrate: bool,
    /// Read again from chat-history who has written to whom, and exit: after it was lost or damaged
    #[arg(long, conflicts_with = "migrate")]
    pub rebuild_contacts: bool,
    /// Ask every service whether anything of this erased person is left, and exit: 0 when nothing is
    #[arg(long, value_name = "ID", conflicts_with_all = ["migrate", "rebuild_contacts"])]
    pub prove_erased: Option<UserId>,
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
        if self.migrate {
            return Ok(());
        }
        if self.prove_erased.is_none() && !self.rebuild_contacts {
            self.auth.validate()?;
        }
        self.bus.validate()
    }
}
