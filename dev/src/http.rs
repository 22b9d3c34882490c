//! One HTTP client for all tools.

use std::time::Duration;

use crate::Error;

const TIMEOUT: Duration = Duration::from_secs(15);

pub fn client() -> Result<reqwest::Client, Error> {
    // A provider that is there already was installed on purpose.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    Ok(reqwest::Client::builder().timeout(TIMEOUT).build()?)
}
