//! Who may call from a browser, whom to believe about addresses, how often one may ask.

use quota::Rate;

use crate::{Network, Origin, Origins};

/// HTTP.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Origins whose pages may call, exactly as browsers send them, separated by commas
    #[arg(
        long,
        env = "SPOTTER_ALLOWED_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGINS"
    )]
    pub allowed_origins: Vec<Origin>,

    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks, separated by commas
    #[arg(
        long,
        env = "SPOTTER_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "NETWORKS"
    )]
    pub trusted_proxies: Vec<Network>,

    /// HTTP requests of one person: <per second>/<burst>
    #[arg(
        long,
        env = "SPOTTER_RATE_HTTP",
        default_value = "20/100",
        value_name = "RATE"
    )]
    pub rate_http: Rate,

    /// HTTP requests of one address that carry no valid token: <per second>/<burst>
    #[arg(
        long,
        env = "SPOTTER_RATE_UNAUTHENTICATED",
        default_value = "20/200",
        value_name = "RATE"
    )]
    pub rate_unauthenticated: Rate,
}

impl Config {
    /// The list for CORS, and for the upgrade of sockets.
    pub fn origins(&self) -> Origins {
        Origins::new(self.allowed_origins.clone())
    }
}
