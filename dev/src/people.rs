//! The demo people for an installation that somebody else started, such as `docker-compose.yml`.

use std::path::PathBuf;
use std::time::Duration;

use crate::Error;
use crate::demo::{Addresses, Demo};
use crate::host::Host;
use crate::keys::Issuer;
use crate::up::interruption;

/// How often it looks whether tokens have aged.
const LOOK: Duration = Duration::from_mins(1);

#[derive(clap::Args, Debug)]
pub struct Options {
    /// Where people reach the installation
    #[arg(long, default_value = "https://localhost:7003", value_name = "URL")]
    url: String,
    /// Where the roster answers; the address of people, when it is not given
    #[arg(long, value_name = "URL")]
    roster: Option<String>,
    /// The private key that signs tokens, Ed25519 as PEM
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The folder that the edge serves `host.js` from
    #[arg(long, value_name = "FOLDER")]
    host: PathBuf,
}

pub async fn run(options: Options) -> Result<(), Error> {
    let issuer = Issuer::read(&options.key)?;
    let services = Addresses {
        gateways: vec![options.url.clone()],
        history: options.url.clone(),
        roster: options.roster.unwrap_or_else(|| options.url.clone()),
        files: options.url.clone(),
    };
    let demo = Demo::new(&issuer, options.url, services)?;
    demo.introduce().await?;
    let mut host = Host::write(&options.host, &demo.people)?;
    // Beside what is served: for `dev talk` and other tools.
    demo.write(&options.host.join("demo.json"))?;
    println!("The demo people are there: {}", demo.url);
    let signed_in = async {
        loop {
            tokio::time::sleep(LOOK).await;
            host.renew(&demo.people, &issuer)?;
        }
    };
    tokio::select! {
        outcome = signed_in => outcome,
        interrupted = interruption() => interrupted,
    }
}
