use std::path::PathBuf;

use secrecy::SecretString;

/// Where file links point to, and the keys that sign them.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Address people reach Spotter at; file links start with it
    #[arg(
        long,
        env = "SPOTTER_PUBLIC_URL",
        default_value = "https://localhost:7003",
        value_name = "URL"
    )]
    pub public_url: String,

    /// One or two base64 keys of at least 32 bytes, comma-separated: the first signs, all verify
    #[arg(
        long,
        env = "SPOTTER_FILE_LINK_KEYS",
        hide_env_values = true,
        value_name = "KEYS"
    )]
    pub file_link_keys: Option<SecretString>,

    /// File that holds the keys instead
    #[arg(long, env = "SPOTTER_FILE_LINK_KEYS_FILE", value_name = "PATH")]
    pub file_link_keys_file: Option<PathBuf>,
}
