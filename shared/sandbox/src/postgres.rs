mod place;
mod roles;
mod standby;
mod template;

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::scratch::Folder;
use crate::{Error, Output, Process, Signal, Spec, free_port};
pub(crate) use place::Place;
pub use roles::schema_of;

/// How to start a PostgreSQL; the default is what tests want.
#[derive(Clone, Debug)]
pub struct Options {
    /// A free one, when none is given.
    pub port: Option<u16>,
    /// Kept there when given; a scratch folder otherwise.
    pub dir: Option<PathBuf>,
    /// Where the data alone lies, when it is not with the log: see [`crate::SmallDisk`].
    pub data: Option<PathBuf>,
    /// Off only for tests that never kill it: what a commit means depends on it.
    pub fsync: bool,
    /// More `name=value` settings.
    pub settings: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            dir: None,
            data: None,
            fsync: true,
            settings: Vec::new(),
        }
    }
}

/// A private PostgreSQL, 15 or later; everybody on this machine may connect as `postgres`.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: u16,
    place: Place,
    data: PathBuf,
    /// Where a backup and the log lie.
    dir: PathBuf,
    log: PathBuf,
    _folder: Folder,
}

/// Where a server's files lie, before there is a server.
struct Home {
    place: Place,
    folder: Folder,
    dir: PathBuf,
    data: PathBuf,
}

impl Home {
    fn of(options: &Options) -> Result<Self, Error> {
        let place = Place::find()?;
        let folder = Folder::new("postgres", options.dir.clone())?;
        let dir = place.reachable(folder.path())?;
        let data = options.data.clone().unwrap_or_else(|| dir.join("data"));
        Ok(Self {
            place,
            folder,
            dir,
            data,
        })
    }
}

/// The data of a server as it was at one moment.
#[derive(Debug)]
pub struct Backup(PathBuf);

impl Postgres {
    pub async fn start(options: Options) -> Result<Self, Error> {
        let home = Home::of(&options)?;
        template::fill(&home.place, &home.data)?;
        Self::launch(home, &options).await
    }

    /// Starts the server on the data of its home.
    async fn launch(home: Home, options: &Options) -> Result<Self, Error> {
        let port = options.port.unwrap_or_else(free_port);
        let log = home.dir.join("postgres.log");
        let spec = Spec::new("postgres", home.place.program("postgres"))
            .arg("-D")
            .arg(&home.data)
            .args(settings(port, options.fsync, &options.settings))
            .directory(&home.dir)
            .output(Output::File(log.clone()))
            .run_as(home.place.user())
            .farewell_by_quit()
            .scratch(home.folder.scratch());
        let process = Process::start(spec)?;
        let mut postgres = Self {
            process,
            port,
            place: home.place,
            data: home.data,
            dir: home.dir,
            log,
            _folder: home.folder,
        };
        postgres.ready().await?;
        Ok(postgres)
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Creates a database, as a copy of `template` when one is given.
    pub async fn create_database(&self, name: &str, template: Option<&str>) -> Result<(), Error> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let template = template.unwrap_or("template0");
        // Names cannot be bound; both are quoted.
        let sql = format!(
            "create database \"{}\" template \"{}\" strategy file_copy",
            name.replace('"', "\"\""),
            template.replace('"', "\"\"")
        );
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }

    /// Kills the server with all its backends (SIGKILL), as a power cut would.
    pub fn kill(&mut self) {
        let backends = children_of(self.process.pid());
        self.process.kill();
        signal_all(&backends, Signal::KILL);
    }

    /// Freezes the server and every backend.
    pub fn stop(&mut self) -> Result<(), Error> {
        self.process.stop()?;
        signal_all(&children_of(self.process.pid()), Signal::STOP);
        Ok(())
    }

    pub fn resume(&mut self) -> Result<(), Error> {
        signal_all(&children_of(self.process.pid()), Signal::CONT);
        self.process.resume()
    }

    /// Starts it again on the same port and data, after [`Postgres::kill`] or instead of it.
    pub async fn restart(&mut self) -> Result<(), Error> {
        if self.process.is_running() {
            self.shut_down().await?;
        }
        // It refuses to start while a killed backend is not quite gone.
        for _ in 0..5 {
            self.process.restart()?;
            match self.ready().await {
                Err(Error::Ended { .. }) => {}
                other => return other,
            }
        }
        self.process.restart()?;
        self.ready().await
    }

    /// Ends it in order: open transactions are rolled back, everything is written.
    pub async fn shut_down(&mut self) -> Result<(), Error> {
        self.process.signal(Signal::INT)?;
        self.process.ended(Duration::from_secs(30)).await.map(drop)
    }

    /// Shuts the server down, copies its data, and starts it again.
    pub async fn back_up(&mut self) -> Result<Backup, Error> {
        self.shut_down().await?;
        let backup = Backup(self.dir.join("backup"));
        remove(&backup.0)?;
        template::copy(&self.place, &self.data, &backup.0)?;
        self.restart().await?;
        Ok(backup)
    }

    /// Puts a copy of the backup in the place of the data, and starts the server on it.
    pub async fn restore(&mut self, backup: &Backup) -> Result<(), Error> {
        self.kill();
        remove(&self.data)?;
        template::copy(&self.place, &backup.0, &self.data)?;
        self.restart().await
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    async fn ready(&mut self) -> Result<(), Error> {
        let url = self.url("postgres");
        self.process
            .ready(Duration::from_mins(1), move || answers(url.clone()))
            .await
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT removes the shared memory, which SIGKILL would leave behind.
        let _ = self.process.signal(Signal::QUIT);
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        while self.process.is_running() && std::time::Instant::now() < deadline {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn remove(dir: &Path) -> Result<(), Error> {
    if !dir.exists() {
        return Ok(());
    }
    std::fs::remove_dir_all(dir).map_err(Error::at("remove", dir))
}

fn settings(port: u16, fsync: bool, more: &[String]) -> Vec<String> {
    let own = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        format!("fsync={}", if fsync { "on" } else { "off" }),
        "synchronous_commit=on".to_owned(),
        "max_connections=400".to_owned(),
        // In the data folder, so that a killed server leaves nothing in /dev/shm.
        "dynamic_shared_memory_type=mmap".to_owned(),
        "log_line_prefix=".to_owned(),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
    ];
    own.iter()
        .chain(more)
        .flat_map(|setting| ["-c".to_owned(), setting.clone()])
        .collect()
}

async fn answers(url: String) -> bool {
    let Ok(mut connection) = PgConnection::connect(&url).await else {
        return false;
    };
    connection.ping().await.is_ok()
}

/// The direct children of a process; PostgreSQL has no grandchildren.
fn children_of(parent: u32) -> Vec<u32> {
    let Ok(output) = std::process::Command::new("ps")
        .args(["-A", "-o", "pid=,ppid="])
        .output()
    else {
        return Vec::new();
    };
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    table
        .lines()
        .filter_map(|line| {
            let mut columns = line
                .split_whitespace()
                .filter_map(|column| column.parse::<u32>().ok());
            let (pid, ppid) = (columns.next()?, columns.next()?);
            (ppid == parent).then_some(pid)
        })
        .collect()
}

fn signal_all(pids: &[u32], signal: Signal) {
    for pid in pids
        .iter()
        .filter_map(|pid| rustix::process::Pid::from_raw(pid.cast_signed()))
    {
        let _ = rustix::process::kill_process(pid, signal);
    }
}
