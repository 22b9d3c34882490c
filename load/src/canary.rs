//! Two people of the operators' own who write to each other for ever, and say how long it took.
//!
//! For production: one message per round and never two rounds at once, every wait has an end, and what a round
//! came to is a metric. `round` is one message from one person to the other, `metrics` what is told of it.

mod metrics;
mod round;

use std::{fs, path::PathBuf, time::Duration};

use boot::{Invalid, Lifecycle};
use client::Authority;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::{debug, warn};

use metrics::Metrics;
use round::{Failed, Person};

/// A round that takes longer has failed: whoever waits for a message has long given up.
const ROUND_WITHIN: Duration = Duration::from_secs(15);

/// Two people of the operators' own write to each other, again and again, and what came of it is a metric
#[derive(clap::Parser, Debug)]
pub struct Config {
    /// This program does other things too
    #[arg(value_parser = ["canary"], hide = true)]
    task: String,
    #[command(flatten)]
    boot: boot::Config,

    /// Sockets of the sender and of the receiver, as `wss://…/ws/chat`: of two gateways, or twice the edge's
    #[arg(long, env = "SPOTTER_CANARY_SOCKETS", value_delimiter = ',', num_args = 1..=2, required = true, value_name = "URLS")]
    sockets: Vec<String>,

    /// File with the token of who sends; read before each round, so that it may be renewed
    #[arg(long, env = "SPOTTER_CANARY_SENDER_TOKEN_FILE", value_name = "FILE")]
    sender_token_file: PathBuf,

    /// File with the token of who receives: the other one's trainer, or client
    #[arg(long, env = "SPOTTER_CANARY_RECEIVER_TOKEN_FILE", value_name = "FILE")]
    receiver_token_file: PathBuf,

    /// A certificate authority to believe instead of the machine's own, in PEM
    #[arg(long, env = "SPOTTER_CANARY_AUTHORITY_FILE", value_name = "FILE")]
    authority_file: Option<PathBuf>,

    /// Seconds between the beginnings of two rounds
    #[arg(long, env = "SPOTTER_CANARY_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
}

impl boot::Settings for Config {
    fn boot(&self) -> &boot::Config {
        &self.boot
    }

    fn validate(&self) -> Result<(), Invalid> {
        let sockets = &self.sockets;
        let are_sockets = sockets
            .iter()
            .all(|url| url.starts_with("ws://") || url.starts_with("wss://"));
        if !are_sockets || sockets.len() > 2 {
            let why = "must be one or two addresses as wss://…/ws/chat";
            return Err(Invalid::new("SPOTTER_CANARY_SOCKETS", why));
        }
        self.authority().map(drop)
    }
}

impl Config {
    fn authority(&self) -> Result<Option<Authority>, Invalid> {
        const VARIABLE: &str = "SPOTTER_CANARY_AUTHORITY_FILE";
        let Some(path) = &self.authority_file else {
            return Ok(None);
        };
        let pem =
            fs::read(path).map_err(|error| Invalid::new(VARIABLE, format!("cannot be read: {error}")))?;
        let authority = Authority::from_pem(&pem);
        authority
            .map(Some)
            .map_err(|_| Invalid::new(VARIABLE, "holds no certificate"))
    }

    /// Who sends and who receives. With one address both use it.
    fn people(&self) -> Result<(Person, Person), Invalid> {
        let authority = self.authority()?;
        let person = |socket: Option<&String>, token_file: &PathBuf| Person {
            socket: socket.cloned().unwrap_or_default(),
            token_file: token_file.clone(),
            authority: authority.clone(),
        };
        Ok((
            person(self.sockets.first(), &self.sender_token_file),
            person(self.sockets.last(), &self.receiver_token_file),
        ))
    }
}

/// Makes a round now and then until it is told to stop; a round that has begun is dropped then.
pub async fn serve(config: Config, life: Lifecycle) -> Result<(), boot::Error> {
    let metrics = Metrics::new(&life.registry)?;
    let (sender, receiver) = config.people()?;
    let every = Duration::from_secs(config.seconds);
    let soft = life.soft.clone();
    life.tasks.spawn("canary", async move {
        let rounds = async {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                make_round(&sender, &receiver, &metrics).await;
            }
        };
        soft.run_until_cancelled(rounds).await
    });
    // Nobody is answered but operators.
    life.serve(&config.boot, axum::Router::new()).await
}

async fn make_round(sender: &Person, receiver: &Person, metrics: &Metrics) {
    let mut step = round::Step::SignIn;
    let made = timeout(ROUND_WITHIN, Box::pin(round::make(sender, receiver, &mut step))).await;
    match made.unwrap_or_else(|_| Err(Failed("took too long".to_owned()))) {
        Ok(times) => {
            debug!(?times, "A message arrived");
            metrics.succeeded(&times);
        }
        Err(Failed(why)) => {
            warn!(step = step.name(), why, "A message did not arrive");
            metrics.failed(step);
        }
    }
}
