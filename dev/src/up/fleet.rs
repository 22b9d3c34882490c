//! All services of a local installation.

use std::path::PathBuf;
use std::time::Duration;

use sandbox::until;

use super::plan::{Place, Plan};
use super::servers::Servers;
use super::service::{Service, migrate};
use crate::console::Console;
use crate::demo::Addresses;
use crate::layout::{Gateway, Running};
use crate::{Error, http};

const READY: Duration = Duration::from_mins(1);
const DRAINED: Duration = Duration::from_secs(5);

pub struct Fleet {
    planned: Vec<(Place, Vec<(&'static str, String)>)>,
    services: Vec<Service>,
    programs: PathBuf,
    console: Console,
}

impl Fleet {
    pub fn new(plan: &Plan, servers: &Servers, programs: PathBuf, console: Console) -> Self {
        let settings = |place: &Place| {
            let mut settings = plan.settings().to_vec();
            settings.extend(servers.settings(place.program));
            if !console.is_colourful() {
                settings.push(("NO_COLOR", "1".to_owned()));
            }
            settings
        };
        let planned = plan
            .places
            .iter()
            .map(|place| (place.clone(), settings(place)))
            .collect();
        Self {
            planned,
            services: Vec::new(),
            programs,
            console,
        }
    }

    pub fn console(&self) -> &Console {
        &self.console
    }

    /// Brings the schemas up to date before anybody uses them.
    pub async fn migrate(&self) -> Result<(), Error> {
        self.console.say("Applying migrations …");
        for (place, settings) in self
            .planned
            .iter()
            .filter(|(place, _)| place.program != "gateway")
        {
            migrate(place.program, &self.programs, settings).await?;
        }
        Ok(())
    }

    /// Starts all services and waits until every one is ready.
    pub async fn start(&mut self) -> Result<(), Error> {
        self.console.say("Starting the services …");
        for (place, settings) in &self.planned {
            self.services.push(Service::start(
                place.clone(),
                &self.programs,
                settings,
                &self.console,
            )?);
        }
        let client = http::client()?;
        for service in &mut self.services {
            let what = format!("{} ready", service.place.name);
            let ready = until(&what, READY, || {
                let (probe, running) = (client.get(service.ready_url()), service.is_running());
                async move {
                    !running
                        || probe
                            .send()
                            .await
                            .is_ok_and(|answer| answer.status().is_success())
                }
            });
            ready.await?;
            if !service.is_running() {
                return Err(format!("{} ended at once; see .dev/logs/", service.place.name).into());
            }
        }
        Ok(())
    }

    /// Starts again what has ended; true when something was started.
    pub fn watch(&mut self) -> Result<bool, Error> {
        let mut started = false;
        for service in &mut self.services {
            started |= service.watch(&self.console)?;
        }
        Ok(started)
    }

    pub fn addresses(&self) -> Addresses {
        let urls = |program: &str| {
            let places = self
                .planned
                .iter()
                .map(|(place, _)| place)
                .filter(|place| place.program == program);
            places
                .map(|place| format!("http://127.0.0.1:{}", place.public))
                .collect::<Vec<_>>()
        };
        let only = |program| urls(program).into_iter().next().unwrap_or_default();
        Addresses {
            gateways: urls("gateway"),
            history: only("chat-history"),
            roster: only("trainer-roster"),
            files: only("file-upload"),
        }
    }

    pub fn running(&self, url: &str, broker: u32) -> Running {
        let gateways = self
            .services
            .iter()
            .filter(|service| service.place.program == "gateway");
        Running {
            pid: std::process::id(),
            url: url.to_owned(),
            gateways: gateways
                .map(|service| Gateway {
                    name: service.place.name.clone(),
                    pid: service.pid(),
                    internal: format!("http://127.0.0.1:{}", service.place.internal),
                })
                .collect(),
            broker,
        }
    }

    /// Lets every service drain; gateways first, so that devices hear of it.
    pub async fn stop(&mut self) {
        for service in self.services.iter_mut().rev() {
            service.terminate();
        }
        for service in &mut self.services {
            service.ended(DRAINED).await;
        }
    }
}
