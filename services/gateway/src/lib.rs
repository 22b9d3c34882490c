//! The gateway: sockets and fan-out, no database.
//!
//! Reading order: `upgrade` decides who may enter, `session` is one connection, `positions` the rule
//! of what passes, `hub` knows who is here, `interest` and `relay` bring what the broker has, `journey` is one event's way, `heads`
//! finds what it lost, `presence` tells who is here and `settings` who does not want it told, `drain` is how everyone is told to leave.

mod commands;
mod config;
mod drain;
mod heads;
mod hub;
mod interest;
mod journey;
mod metrics;
#[doc(hidden)]
pub mod outside;
pub mod positions;
mod presence;
mod relay;
mod session;
mod settings;
mod upgrade;

use std::{net::IpAddr, sync::Arc, time::Duration};

use api::Origins;
use auth::{Revocations, Verifier};
use axum::{Router, routing::get};
use boot::Lifecycle;
use bus::Bus;
use protocol::UserId;
use quota::Quota;
use tokio::sync::Notify;

pub use config::Config;
use heads::{HeadsCheck, Soon};
use hub::Hub;
use interest::Interests;
use metrics::{Metrics, Queues};
use presence::Presence;
use relay::Relay;
use session::{sendqueue::Bounds, state::Times};
use settings::Settings;

/// What every session of this gateway shares.
struct Gateway {
    life: Lifecycle,
    bus: Bus,
    hub: Hub,
    interests: Interests,
    settings: Settings,
    presence: Presence,
    soon: Soon,
    verifier: Verifier,
    revocations: Revocations,
    origins: Origins,
    messages: Quota<UserId>,
    commands: Quota<UserId>,
    handshakes: Quota<IpAddr>,
    metrics: Metrics,
    times: Times,
    bounds: Bounds,
    devices: usize,
}

/// Runs the gateway until it is told to stop.
pub async fn serve(config: Config, life: Lifecycle) -> Result<(), boot::Error> {
    let gateway = Arc::new(build(&config, &life).await?);
    life.tasks.spawn(
        "interest sweep",
        gateway.interests.clone().sweep(gateway.metrics.clone()),
    );
    life.tasks.spawn("status", drain::tell_status(gateway.clone()));
    life.tasks.spawn("revoked", drain::close_revoked(gateway.clone()));
    let window = Duration::from_secs(config.boot.drain_seconds);
    life.tasks.spawn("leave", drain::drain(gateway.clone(), window));
    let routes = Router::new()
        .route("/ws/chat", get(upgrade::upgrade))
        .with_state(gateway.clone())
        .merge(reference::routes());
    let routes = api::layer(routes, &config.api, gateway.verifier.clone(), &life);
    life.serve(&config.boot, routes).await
}

async fn build(config: &Config, life: &Lifecycle) -> Result<Gateway, boot::Error> {
    let metrics = Metrics::new(life)?;
    let bus = Bus::connect(&config.bus, "gateway", life).await?;
    let revocations = Revocations::default();
    let verifier = Verifier::new(&config.auth, revocations.clone(), life).await?;
    auth::revocations::follow(
        &bus,
        &revocations,
        Duration::from_secs(u64::from(config.auth.jwt_max_lifetime_seconds)),
        life,
    );
    let doubt = Arc::new(Notify::new());
    let hub = Hub::default();
    Queues::register(&hub, &life.registry)?;
    let relay = Relay {
        hub: hub.clone(),
        doubt: doubt.clone(),
        latency: metrics.deliver_seconds.clone(),
    };
    let settings = Settings::default();
    let presence = Presence::start(&bus, &hub, &settings, life).await?;
    let interests = Interests::start(config.listening(), &bus, relay, life).await?;
    let heads = HeadsCheck {
        bus: bus.clone(),
        hub: hub.clone(),
        metrics: metrics.clone(),
        doubt,
    };
    Ok(Gateway {
        soon: heads.start(life),
        interests,
        settings,
        presence,
        hub,
        bus,
        verifier,
        revocations,
        origins: config.api.origins(),
        messages: Quota::new(config.messages.rate_messages, life),
        commands: Quota::new(config.commands.rate_commands, life),
        handshakes: Quota::new(config.handshakes.rate_handshakes, life),
        metrics,
        times: config.times(),
        bounds: config.bounds(),
        devices: config.devices,
        life: life.clone(),
    })
}
