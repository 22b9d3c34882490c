//! The stream by which a platform feeds the directory: made by an operator, as `deploy/nats` says.

use std::fs;

use super::{Line, Nats, Users};
use crate::{Error, executable};

const IN_USE_WITH_OTHER_SETTINGS: u64 = 10_058;

impl Nats {
    /// Makes the stream `DIRECTORY`, or finds it, with whatever an operator has changed of it.
    pub async fn make_directory(&self, users: &Users) -> Result<(), Error> {
        let path = executable::workspace().join("deploy/nats/directory.json");
        let stream = fs::read(&path).map_err(Error::at("read", &path))?;
        let refused = |source| Error::Path {
            what: "make the stream of",
            path: path.clone(),
            source,
        };
        let mut line = Line::open_as(self, "operator", &users.password("operator"))
            .await
            .map_err(refused)?;
        let made = line
            .ask("$JS.API.STREAM.CREATE.DIRECTORY", &stream)
            .await
            .map_err(refused)?;
        let refusal = made.get("error");
        let code = refusal.and_then(|refusal| refusal.get("err_code")?.as_u64());
        match refusal {
            Some(refusal) if code != Some(IN_USE_WITH_OTHER_SETTINGS) => {
                Err(refused(std::io::Error::other(refusal.to_string())))
            }
            _ => Ok(()),
        }
    }
}
