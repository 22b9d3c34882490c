//! Who may use a broker: the users of `deploy/nats/users.conf`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, executable};

/// Passwords for all users, made from one secret. Not for anything but this machine.
#[derive(Clone)]
pub struct Users {
    secret: String,
    is_open: bool,
}

impl Users {
    /// Of the services, and of a person who looks in.
    const NAMES: [&str; 5] = [
        "gateway",
        "chat-history",
        "trainer-roster",
        "file-upload",
        "operator",
    ];

    pub fn new(secret: impl Into<String>) -> Self {
        let secret = secret.into();
        Self {
            secret,
            is_open: false,
        }
    }

    /// Who gives no name is the operator: for stories that listen to everything, or play a broken service.
    #[must_use]
    pub fn open_to_operators(self) -> Self {
        Self {
            is_open: true,
            ..self
        }
    }

    pub fn password(&self, user: &str) -> String {
        format!("{user}-{}", self.secret)
    }

    /// What the broker's configuration reads from its environment.
    pub(super) fn environment(&self) -> impl Iterator<Item = (String, String)> {
        Self::NAMES.iter().map(|user| {
            let user_part = user.replace('-', "_").to_uppercase();
            (format!("SPOTTER_NATS_{user_part}_PASSWORD"), self.password(user))
        })
    }

    /// Writes the configuration into the broker's folder.
    pub(super) fn configure(&self, folder: &Path) -> Result<PathBuf, Error> {
        let users = executable::workspace().join("deploy/nats/users.conf");
        let mut configuration = fs::read_to_string(&users).map_err(Error::at("read", &users))?;
        if self.is_open {
            configuration.push_str("no_auth_user: operator\n");
        }
        let path = folder.join("nats-server.conf");
        fs::write(&path, configuration).map_err(Error::at("write", &path))?;
        Ok(path)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("is_open", &self.is_open)
            .finish_non_exhaustive()
    }
}
