//! The page around the web client on a demo: a picker of demo people that hands out their tokens.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::demo::Person;
use crate::keys::Issuer;
use crate::{Error, layout};

const SCRIPT: &str = include_str!("../host/host.js");
const STYLE: &str = include_str!("../host/host.css");
/// Tokens live for a day; a tab that is open for longer asks again.
const RENEW: Duration = Duration::from_hours(1);

/// A folder that the edge serves: `/host.js` and `/host/`.
#[derive(Debug)]
pub struct Host {
    folder: PathBuf,
    written: Instant,
}

impl Host {
    pub fn write(folder: &Path, people: &[Person]) -> Result<Self, Error> {
        std::fs::create_dir_all(folder.join("host"))?;
        layout::write(&folder.join("host.js"), SCRIPT.as_bytes())?;
        layout::write(&folder.join("host/host.css"), STYLE.as_bytes())?;
        let host = Self {
            folder: folder.to_path_buf(),
            written: Instant::now(),
        };
        host.write_people(people)?;
        Ok(host)
    }

    /// Signs everybody in again when their tokens have aged.
    pub fn renew(&mut self, people: &[Person], issuer: &Issuer) -> Result<(), Error> {
        if self.written.elapsed() < RENEW {
            return Ok(());
        }
        let renewed = people.iter().map(|person| {
            let token = issuer.token(person.id, person.role)?;
            Ok::<_, Error>(Person {
                token,
                ..person.clone()
            })
        });
        self.write_people(&renewed.collect::<Result<Vec<_>, _>>()?)?;
        self.written = Instant::now();
        Ok(())
    }

    fn write_people(&self, people: &[Person]) -> Result<(), Error> {
        layout::write(
            &self.folder.join("host/people.json"),
            &serde_json::to_vec_pretty(people)?,
        )
    }
}
