mod cluster;
mod directory;
mod line;
mod users;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

pub use line::Line;
pub use users::Users;

use crate::scratch::Folder;
use crate::{Error, Output, Process, Spec, executable, free_port};

/// How to start a nats-server; the default is what tests want.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A free one, when none is given.
    pub port: Option<u16>,
    /// Its log file goes here; a scratch folder, when none is given.
    pub dir: Option<PathBuf>,
    /// This nats-server and no other. `SPOTTER_NATS_SERVER` does the same for a whole test run.
    pub program: Option<PathBuf>,
    /// Only these may use it; anybody, when none are given.
    pub users: Option<Users>,
    /// Keeps streams, in its folder and not without bounds.
    pub jetstream: bool,
    pub arguments: Vec<String>,
}

/// A private nats-server, 2.10 or later.
#[derive(Debug)]
pub struct Nats {
    process: Process,
    port: u16,
    log: PathBuf,
    _folder: Folder,
}

impl Nats {
    pub async fn start(options: Options) -> Result<Self, Error> {
        let program = match options
            .program
            .clone()
            .or_else(|| env::var_os("SPOTTER_NATS_SERVER").map(PathBuf::from))
        {
            Some(program) => program,
            None => find()?,
        };
        let folder = Folder::new("nats", options.dir.clone())?;
        let dir = folder.path().to_path_buf();
        let log = dir.join("nats-server.log");
        let port = options.port.unwrap_or_else(free_port);

        let mut spec = Spec::new("nats-server", program)
            .args(["--addr", "127.0.0.1", "--port"])
            .arg(port.to_string())
            .args(&options.arguments)
            .directory(&dir)
            .output(Output::File(log.clone()))
            .scratch(folder.scratch());
        if options.jetstream || options.users.is_some() {
            spec = spec.arg("--config").arg(configure(&options, &dir)?);
        }
        if let Some(users) = &options.users {
            for (variable, password) in users.environment() {
                spec = spec.env(variable, password);
            }
        }
        let process = Process::start(spec)?;
        let mut nats = Self {
            process,
            port,
            log,
            _folder: folder,
        };
        nats.ready().await?;
        Ok(nats)
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Freezes it: connections stay open, nothing is answered.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.process.stop()
    }

    pub fn resume(&mut self) -> Result<(), Error> {
        self.process.resume()
    }

    /// Starts it again on the same port, after [`Nats::kill`] or instead of it.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.process.restart()?;
        self.ready().await
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    async fn ready(&mut self) -> Result<(), Error> {
        let port = self.port;
        self.process
            .ready(Duration::from_secs(20), move || greets(port))
            .await
    }
}

/// Writes the configuration into the broker's folder.
fn configure(options: &Options, folder: &Path) -> Result<PathBuf, Error> {
    let mut configuration = String::new();
    if let Some(users) = &options.users {
        configuration.push_str(&users.configuration()?);
    }
    if options.jetstream {
        configuration
            .push_str("jetstream { store_dir: streams, max_memory_store: 16M, max_file_store: 256M }\n");
    }
    let path = folder.join("nats-server.conf");
    fs::write(&path, configuration).map_err(Error::at("write", &path))?;
    Ok(path)
}

/// A nats-server speaks first, and says `INFO`.
async fn greets(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else {
        return false;
    };
    let mut greeting = [0; 4];
    stream.read_exact(&mut greeting).await.is_ok() && &greeting == b"INFO"
}

fn find() -> Result<PathBuf, Error> {
    let own = executable::workspace().join(".dev/bin");
    executable::find("nats-server", "2.10 or later", [own], |program| {
        executable::version(program) >= Some((2, 10))
    })
}
