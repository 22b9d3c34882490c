//! A small service for the tests: it greets, slowly when asked, and needs a name and a secret.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State, ws::WebSocketUpgrade},
    http::StatusCode,
    response::Response,
    routing::{any, get, post},
};
use boot::{Config, Error, Invalid, Lifecycle};
use secrecy::{ExposeSecret as _, SecretString};

#[derive(clap::Parser)]
struct Settings {
    #[command(flatten)]
    boot: Config,
    /// Who greets
    #[arg(long, env = "SPOTTER_GREETER_NAME")]
    name: String,
    /// What nobody may see
    #[arg(long, env = "SPOTTER_GREETER_SECRET", hide_env_values = true)]
    secret: Option<SecretString>,
    #[arg(long, env = "SPOTTER_GREETER_SECRET_FILE")]
    secret_file: Option<PathBuf>,
}

impl boot::Settings for Settings {
    fn boot(&self) -> &Config {
        &self.boot
    }

    fn validate(&self) -> Result<(), Invalid> {
        let secret = boot::secret("SPOTTER_GREETER_SECRET", &self.secret, &self.secret_file)?;
        match secret {
            Some(secret) if secret.expose_secret().len() < 8 => Err(Invalid::new(
                "SPOTTER_GREETER_SECRET",
                "must be at least 8 bytes long",
            )),
            _ => Ok(()),
        }
    }
}

fn main() -> ExitCode {
    boot::run("greeter", serve)
}

async fn serve(settings: Settings, life: Lifecycle) -> Result<(), Error> {
    // Found out late, as a verifier does with its keys.
    if settings.name == "nobody" {
        return Err(Invalid::new("SPOTTER_GREETER_NAME", "must be somebody").into());
    }
    life.health.probe("always").set(true);
    let routes = Router::new()
        .route("/", get(async move || greet(settings.name)))
        .route("/after/{millis}", get(after))
        .route("/until-told", get(until_told))
        .route("/told", post(told))
        .route(
            "/length",
            post(|body: Bytes| async move { body.len().to_string() }),
        )
        .route("/refuse", post(|| async { StatusCode::UNAUTHORIZED }))
        .route("/panic", get(panicking))
        .route("/socket", any(socket))
        .with_state(std::sync::Arc::new(tokio::sync::Notify::new()));
    life.serve(&settings.boot, routes).await
}

fn greet(name: String) -> String {
    tracing::debug!("Greeted");
    name
}

async fn after(Path(millis): Path<u64>) -> &'static str {
    tokio::time::sleep(Duration::from_millis(millis)).await;
    "done"
}

async fn until_told(State(bell): State<std::sync::Arc<tokio::sync::Notify>>) -> &'static str {
    bell.notified().await;
    "told"
}

async fn told(State(bell): State<std::sync::Arc<tokio::sync::Notify>>) {
    bell.notify_one();
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|mut socket| async move {
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                break;
            }
        }
    })
}

#[expect(clippy::panic, reason = "what the test is about")]
async fn panicking() -> &'static str {
    panic!("a handler panicked")
}
