//! Who may use a broker: the users of `deploy/nats/users.conf`.

use std::fmt;
use std::fs;

use crate::{Error, executable};

/// Passwords for all users, made from one secret. Not for anything but this machine.
#[derive(Clone)]
pub struct Users {
    secret: String,
    is_open: bool,
}

impl Users {
    /// Of the services, of the platform that feeds the directory, and of a person who looks in.
    const NAMES: [&str; 6] = [
        "gateway",
        "chat-history",
        "trainer-roster",
        "file-upload",
        "platform",
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

    /// What the broker's configuration says of them.
    pub(super) fn configuration(&self) -> Result<String, Error> {
        let users = executable::workspace().join("deploy/nats/users.conf");
        let mut configuration = fs::read_to_string(&users).map_err(Error::at("read", &users))?;
        if self.is_open {
            configuration.push_str("no_auth_user: operator\n");
        }
        Ok(configuration)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users")
            .field("is_open", &self.is_open)
            .finish_non_exhaustive()
    }
}
