//! Demo people with some weeks behind them, and the file that tells scripts about them.

mod backdate;
mod load;
mod past;
mod people;
mod photo;

use std::path::Path;

use protocol::UserId;
use protocol::error::Role;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keys::Issuer;
use crate::{Error, layout};

/// Where the services of a local installation answer, without the edge in between.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Addresses {
    #[serde(skip)]
    pub gateways: Vec<String>,
    pub history: String,
    pub roster: String,
    pub files: String,
}

/// Where a platform that feeds the directory by JetStream finds the broker: as the user `platform`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Broker {
    pub address: String,
    pub password: String,
}

/// One of the demo people, signed in for a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub id: UserId,
    pub role: Role,
    pub token: String,
}

/// What `.dev/demo.json` holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Demo {
    pub url: String,
    /// Base addresses: the socket of the first is at `{gateways[0]}/ws/chat`.
    pub gateways: Vec<String>,
    pub services: Addresses,
    #[serde(default)]
    pub broker: Broker,
    pub people: Vec<Person>,
    pub platform_token: String,
}

impl Demo {
    pub fn new(issuer: &Issuer, url: String, services: Addresses) -> Result<Self, Error> {
        let platform_token = issuer.token(UserId(Uuid::from_u128(1)), Role::Platform)?;
        let people = people::all(issuer)?;
        Ok(Self {
            url,
            gateways: services.gateways.clone(),
            services,
            broker: Broker::default(),
            people,
            platform_token,
        })
    }

    #[must_use]
    pub fn with_broker(self, broker: Broker) -> Self {
        Self { broker, ..self }
    }

    /// Brings the people into the directory, with nothing said yet.
    pub async fn introduce(&self) -> Result<(), Error> {
        let past = past::parse(include_str!("../demo/conversations.txt"))?;
        load::Loader::new(self)?.directory(&past).await
    }

    /// Brings the people into the directory, and once, with their past, into everything else.
    pub async fn enter(&self, database_url: &str, done: &Path) -> Result<(), Error> {
        let past = past::parse(include_str!("../demo/conversations.txt"))?;
        let loader = load::Loader::new(self)?;
        loader.directory(&past).await?;
        if done.is_file() {
            return Ok(());
        }
        println!("Bringing in the demo people and their conversations …");
        let sent = loader.conversations(past).await?;
        backdate::all(database_url, &sent).await?;
        layout::write(done, b"")
    }

    pub fn write(&self, path: &Path) -> Result<(), Error> {
        layout::write(path, &serde_json::to_vec_pretty(self)?)
    }

    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read(path).map_err(|_| "there is no .dev/demo.json; start `make up` first")?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Finds a person by the beginning of their name, in any case.
    pub fn person(&self, name: &str) -> Result<&Person, Error> {
        let wanted = name.to_lowercase();
        let found = self
            .people
            .iter()
            .find(|person| person.name.to_lowercase().starts_with(&wanted));
        found.filter(|_| !wanted.is_empty()).ok_or_else(|| {
            let names: Vec<&str> = self
                .people
                .iter()
                .filter_map(|person| person.name.split(' ').next())
                .collect();
            format!("nobody is called {name:?}; there are {}", names.join(", ")).into()
        })
    }
}
