//! All services of a local installation.

use std::path::PathBuf;
use std::time::Duration;

use sandbox::until;

use super::plan::{Place, Plan};
use super::servers::Servers;
use super::service::{Service, migrate};
use crate::console::Console;
use crate::demo::Addresses;
use crate::layout::{self, Layout, Replica};
use crate::{Error, http};

const READY: Duration = Duration::from_mins(1);
const DRAINED: Duration = Duration::from_secs(5);

pub struct Fleet {
    planned: Vec<(Place, Vec<(&'static str, String)>)>,
    /// The programs that migrate, and what they are told.
    migrations: Vec<(&'static str, Vec<(&'static str, String)>)>,
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
        let planned: Vec<_> = plan
            .places
            .iter()
            .map(|place| (place.clone(), settings(place)))
            .collect();
        let migrations = planned.iter().filter_map(|(place, settings)| {
            // The last of two values for one variable counts.
            let owner = servers.migrations(place.program)?;
            let settings = settings.iter().cloned().chain([owner]).collect();
            Some((place.program, settings))
        });
        Self {
            migrations: migrations.collect(),
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
        for (program, settings) in &self.migrations {
            migrate(program, &self.programs, settings).await?;
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

    pub fn running(&self) -> Vec<Replica> {
        let replica = |service: &Service| Replica {
            name: service.place.name.clone(),
            program: service.place.program.to_owned(),
            pid: service.pid(),
            public: format!("http://127.0.0.1:{}", service.place.public),
            internal: format!("http://127.0.0.1:{}", service.place.internal),
        };
        self.services.iter().map(replica).collect()
    }

    /// Leaves what each service is told where a shell can read it: `docs/runbook.md` runs their tools so.
    pub fn write_environments(&self, layout: &Layout) -> Result<(), Error> {
        let services = self
            .planned
            .iter()
            .map(|(place, settings)| (place.program, settings));
        let owners = self
            .migrations
            .iter()
            .filter_map(|(program, settings)| Some((sandbox::schema_of(program)?, settings)));
        for (role, settings) in services.chain(owners) {
            let line = |(name, value): &(&str, String)| {
                format!("export {name}='{}'\n", value.replace('\'', "'\\''"))
            };
            let lines: String = settings.iter().map(line).collect();
            layout::write(&layout.environment(role), lines.as_bytes())?;
        }
        Ok(())
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
