use std::{path::PathBuf, time::Duration};

use async_nats::ConnectOptions;
use boot::Invalid;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};

/// Undelivered messages one subscription holds; the broker's client drops what comes on top and says so.
const SUBSCRIPTION_CAPACITY: usize = 4_096;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const PING_INTERVAL: Duration = Duration::from_secs(10);
const RECONNECT_MIN: Duration = Duration::from_millis(50);
const RECONNECT_MAX: Duration = Duration::from_secs(2);

/// Where the broker is and who we are there.
#[expect(clippy::struct_field_names, reason = "the names become the flags `--nats-…`")]
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Address of the broker; several separated by commas
    #[arg(long, env = "SPOTTER_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    nats_url: String,
    /// User name at the broker
    #[arg(long, env = "SPOTTER_NATS_USER")]
    nats_user: Option<String>,
    /// Password at the broker
    #[arg(long, env = "SPOTTER_NATS_PASSWORD", hide_env_values = true)]
    nats_password: Option<SecretString>,
    /// File that holds the password at the broker
    #[arg(long, env = "SPOTTER_NATS_PASSWORD_FILE")]
    nats_password_file: Option<PathBuf>,
    /// PEM file of the authority that signed the broker's certificate; turns TLS on
    #[arg(long, env = "SPOTTER_NATS_CA_FILE")]
    nats_ca_file: Option<PathBuf>,
}

impl Config {
    /// Checks what can be checked without the broker.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.servers()?;
        let password = self.password()?;
        if self.nats_user.is_some() != password.is_some() {
            return Err(invalid(
                "SPOTTER_NATS_USER",
                "a user and a password belong together",
            ));
        }
        match &self.nats_ca_file {
            Some(file) if !file.is_file() => Err(invalid(
                "SPOTTER_NATS_CA_FILE",
                &format!("`{}` is not a file", file.display()),
            )),
            _ => Ok(()),
        }
    }

    pub(crate) fn servers(&self) -> Result<Vec<async_nats::ServerAddr>, Invalid> {
        self.nats_url
            .split(',')
            .map(|url| {
                url.trim()
                    .parse()
                    .map_err(|_| invalid("SPOTTER_NATS_URL", "not an address of a broker"))
            })
            .collect()
    }

    fn password(&self) -> Result<Option<SecretString>, Invalid> {
        boot::secret(
            "SPOTTER_NATS_PASSWORD",
            &self.nats_password,
            &self.nats_password_file,
        )
    }

    pub(crate) fn options(&self, service: &str) -> Result<ConnectOptions, Invalid> {
        let mut options = ConnectOptions::new()
            .name(service)
            .custom_inbox_prefix(inbox_prefix(service))
            .subscription_capacity(SUBSCRIPTION_CAPACITY)
            .connection_timeout(CONNECT_TIMEOUT)
            .ping_interval(PING_INTERVAL)
            .retry_on_initial_connect()
            .reconnect_delay_callback(reconnect_delay);
        if let (Some(user), Some(password)) = (&self.nats_user, self.password()?) {
            options = options.user_and_password(user.clone(), password.expose_secret().to_owned());
        }
        if let Some(file) = &self.nats_ca_file {
            options = options.add_root_certificates(file.clone()).require_tls(true);
        }
        Ok(options)
    }
}

/// Each service reads answers under a prefix of its own, so that the broker can keep others out.
pub(crate) fn inbox_prefix(service: &str) -> String {
    format!("_INBOX_{service}")
}

fn reconnect_delay(attempt: usize) -> Duration {
    let doubled = RECONNECT_MIN.saturating_mul(1 << attempt.min(10));
    doubled
        .min(RECONNECT_MAX)
        .mul_f64(rand::rng().random_range(0.5..1.0))
}

fn invalid(variable: &'static str, why: &str) -> Invalid {
    Invalid {
        variable,
        why: why.to_owned(),
    }
}
