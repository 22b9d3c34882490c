use std::path::PathBuf;

use boot::Invalid;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use crate::failpoint::Failpoint;

const DATABASE_URL: &str = "SPOTTER_DATABASE_URL";

/// The log of all conversations: stores messages, answers history.
#[derive(clap::Parser, Debug)]
#[group(skip)]
pub struct Config {
    #[command(flatten)]
    pub boot: boot::Config,
    #[command(flatten)]
    pub bus: bus::Config,
    #[command(flatten)]
    pub auth: auth::Config,
    #[command(flatten)]
    pub api: api::Config,
    #[command(flatten)]
    pub links: links::Config,
    #[command(flatten)]
    pub messages: quota::Messages,

    /// The PostgreSQL database, as `postgres://…`
    #[arg(
        long,
        env = "SPOTTER_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<SecretString>,

    /// A file with the address of the database
    #[arg(long, env = "SPOTTER_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// Connections to the database, the writers' included
    #[arg(long, env = "SPOTTER_DATABASE_CONNECTIONS", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub database_connections: u32,

    /// Transactions that may commit changes at once
    #[arg(long, env = "SPOTTER_WRITERS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub writers: u32,

    /// Apply missing migrations and exit
    #[arg(long)]
    pub migrate: bool,

    /// Name this copy of the log anew and exit: after a restore from backup
    #[arg(long, conflicts_with = "migrate")]
    pub rotate_epoch: bool,

    /// Make bookings and blocks anew from the roster's list and exit: after they were lost or damaged
    #[arg(long, conflicts_with_all = ["migrate", "rotate_epoch"])]
    pub rebuild_relations: bool,

    /// Die after this step; debug builds only
    #[arg(long, env = "SPOTTER_FAILPOINT", hide = true)]
    pub failpoint: Option<Failpoint>,
}

impl Config {
    pub fn database(&self) -> Result<PgConnectOptions, Invalid> {
        let url = boot::secret(DATABASE_URL, &self.database_url, &self.database_url_file)?
            .ok_or_else(|| Invalid::new(DATABASE_URL, "is required"))?;
        // What the parser says may quote the password.
        url.expose_secret()
            .parse()
            .map_err(|_| Invalid::new(DATABASE_URL, "is not postgres://…"))
    }

    pub fn links(&self) -> Result<links::Links, Invalid> {
        links::Links::new(&self.links).map_err(|invalid| Invalid::new(invalid.variable, invalid.why))
    }
}

impl boot::Settings for Config {
    fn boot(&self) -> &boot::Config {
        &self.boot
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.database()?;
        if self.migrate || self.rotate_epoch {
            return Ok(());
        }
        if self.failpoint.is_some() && !cfg!(debug_assertions) {
            return Err(Invalid::new(
                "SPOTTER_FAILPOINT",
                "only debug builds die on demand",
            ));
        }
        self.bus.validate()?;
        self.auth.validate()?;
        self.links()?;
        if self.writers >= self.database_connections {
            let why = format!(
                "must be less than SPOTTER_DATABASE_CONNECTIONS ({})",
                self.database_connections
            );
            return Err(Invalid::new("SPOTTER_WRITERS", why));
        }
        Ok(())
    }
}
