use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::scratch::Folder;
use crate::{Error, Output, Process, Spec, executable, free_port};

/// How to start the edge.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A free one, when none is given.
    pub port: Option<u16>,
    /// Its local certificate authority is kept there when given; in a scratch folder otherwise.
    pub dir: Option<PathBuf>,
    pub upstreams: Upstreams,
    /// Asks each replica's `/readyz` at this port of its host, as a deployed edge does; without one the edge
    /// learns of a dead replica by trying.
    pub health_port: Option<u16>,
    /// The built web client, and the page around it; neither is served when not given.
    pub pages: Option<PathBuf>,
    pub host: Option<PathBuf>,
    pub output: Option<Output>,
}

/// The public addresses (`host:port`) of the replicas of each service.
#[derive(Clone, Debug, Default)]
pub struct Upstreams {
    pub gateways: Vec<String>,
    pub histories: Vec<String>,
    pub rosters: Vec<String>,
    pub files: Vec<String>,
}

/// Caddy with `deploy/edge/Caddyfile`, the same that compose uses.
#[derive(Debug)]
pub struct Edge {
    process: Process,
    port: u16,
    dir: PathBuf,
    log: PathBuf,
    _folder: Folder,
}

impl Edge {
    pub async fn start(options: Options) -> Result<Self, Error> {
        let program = executable::find("caddy", "2.6 or later", [], Path::is_file)?;
        let folder = Folder::new("edge", options.dir)?;
        let dir = folder.path().to_path_buf();
        let port = options.port.unwrap_or_else(free_port);
        let nothing = dir.join("nothing");

        let log = dir.join("edge.log");
        let output = options.output.unwrap_or_else(|| Output::File(log.clone()));
        let upstreams = options.upstreams;
        let health = options.health_port.map_or("unchecked", |_| "checked");
        let spec = Spec::new("edge", program)
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(executable::workspace().join("deploy/edge/Caddyfile"))
            .env(
                "SPOTTER_EDGE_SITES",
                format!("https://localhost:{port}, https://127.0.0.1:{port}"),
            )
            .env("SPOTTER_EDGE_BIND", "127.0.0.1")
            .env("SPOTTER_EDGE_HEALTH", health)
            .env(
                "SPOTTER_EDGE_HEALTH_PORT",
                options.health_port.unwrap_or(9090).to_string(),
            )
            .env("SPOTTER_EDGE_DATA", &dir)
            .env("SPOTTER_EDGE_PAGES", options.pages.as_deref().unwrap_or(&nothing))
            .env("SPOTTER_EDGE_HOST", options.host.as_deref().unwrap_or(&nothing))
            .env("SPOTTER_EDGE_GATEWAYS", upstreams.gateways.join(" "))
            .env("SPOTTER_EDGE_HISTORIES", upstreams.histories.join(" "))
            .env("SPOTTER_EDGE_ROSTERS", upstreams.rosters.join(" "))
            .env("SPOTTER_EDGE_FILES", upstreams.files.join(" "))
            .env("XDG_CONFIG_HOME", &dir)
            .env("XDG_DATA_HOME", &dir)
            .output(output)
            .scratch(folder.scratch());
        let process = Process::start(spec)?;
        let mut edge = Self {
            process,
            port,
            dir,
            log,
            _folder: folder,
        };
        edge.ready().await?;
        Ok(edge)
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The local authority that signed the edge's certificate.
    pub fn root_certificate(&self) -> PathBuf {
        self.dir.join("pki/authorities/local/root.crt")
    }

    /// Where it writes, unless another output was asked for.
    pub fn log(&self) -> &Path {
        &self.log
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub async fn restart(&mut self) -> Result<(), Error> {
        self.process.restart()?;
        self.ready().await
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    async fn ready(&mut self) -> Result<(), Error> {
        let port = self.port;
        // It listens a moment before its authority has signed the certificates.
        let certificates = ["localhost", "127.0.0.1"].map(|name| {
            self.dir
                .join("certificates/local")
                .join(name)
                .join(format!("{name}.crt"))
        });
        let listening = move || {
            let signed = certificates.iter().all(|certificate| certificate.is_file());
            async move { signed && TcpStream::connect(("127.0.0.1", port)).await.is_ok() }
        };
        self.process.ready(Duration::from_secs(30), listening).await
    }
}
