//! What lies where in `.dev/`, the one folder that everything local is kept in.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;

#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
}

/// What runs: written by `up`, read by the other tools.
#[derive(Debug, Serialize, Deserialize)]
pub struct Running {
    pub pid: u32,
    pub url: String,
    pub gateways: Vec<Replica>,
    /// Those and all others.
    pub services: Vec<Replica>,
    /// nats-server's process.
    pub broker: u32,
    /// PostgreSQL's address for who may do everything there.
    pub database: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replica {
    pub name: String,
    /// Which service it is one of.
    pub program: String,
    pub pid: u32,
    /// Where people's requests are answered.
    pub public: String,
    /// Its internal address: `/readyz`, `/metrics`.
    pub internal: String,
}

impl Layout {
    /// The repository's own `.dev/`.
    pub fn of_repository() -> Result<Self, Error> {
        Self::at(&sandbox::workspace().join(".dev"))
    }

    pub fn at(root: &Path) -> Result<Self, Error> {
        let layout = Self {
            root: root.to_path_buf(),
        };
        for folder in [
            layout.data(""),
            layout.logs(),
            layout.keys(),
            layout.environment(""),
        ] {
            fs::create_dir_all(folder)?;
        }
        Ok(layout)
    }

    /// Data that survives a restart.
    pub fn data(&self, server: &str) -> PathBuf {
        self.root.join("data").join(server)
    }

    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// What a service is told, for its tools; what the owner of its schema is told, under the schema's name.
    pub fn environment(&self, role: &str) -> PathBuf {
        self.root.join("env").join(role)
    }

    /// The page around the web client.
    pub fn host(&self) -> PathBuf {
        self.root.join("host")
    }

    /// People and addresses, for scripts.
    pub fn demo(&self) -> PathBuf {
        self.root.join("demo.json")
    }

    /// Held as long as `up` runs; `None` when another one does.
    pub fn lock(&self) -> Result<Option<File>, Error> {
        let lock = File::create(self.root.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    pub fn running(&self) -> Result<Running, Error> {
        let path = self.root.join("run.json");
        let text = fs::read_to_string(path).map_err(|_| "nothing runs here; start it with `make up`")?;
        Ok(serde_json::from_str(&text)?)
    }

    pub fn write_running(&self, running: &Running) -> Result<(), Error> {
        write(&self.root.join("run.json"), &serde_json::to_vec_pretty(running)?)
    }

    pub fn forget_running(&self) {
        let _ = fs::remove_file(self.root.join("run.json"));
    }
}

/// Replaces a file at once, readable by its owner alone: some hold keys and tokens.
pub fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let part = path.with_extension("part");
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&part)?;
    file.write_all(content)?;
    fs::rename(part, path)?;
    Ok(())
}
