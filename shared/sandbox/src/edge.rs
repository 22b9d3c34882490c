use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::{Error, Output, Process, Scratch, Spec, executable, free_port};

/// How to start the edge.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A free one, when none is given.
    pub port: Option<u16>,
    /// Its local certificate authority is kept there when given; in a scratch folder otherwise.
    pub dir: Option<PathBuf>,
    pub upstreams: Upstreams,
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
    _scratch: Option<Scratch>,
}

impl Edge {
    pub async fn start(options: Options) -> Result<Self, Error> {
        let program = executable::find("caddy", "2.6 or later", [], Path::is_file)?;
        let scratch = if options.dir.is_none() {
            Some(Scratch::new("edge")?)
        } else {
            None
        };
        let dir = options
            .dir
            .or_else(|| scratch.as_ref().map(|s| s.path().to_path_buf()))
            .unwrap_or_default();
        std::fs::create_dir_all(&dir).map_err(Error::at("create", &dir))?;
        let port = options.port.unwrap_or_else(free_port);
        let folder = executable::workspace().join("deploy/edge");

        let output = options
            .output
            .unwrap_or_else(|| Output::File(dir.join("edge.log")));
        let upstreams = options.upstreams;
        let spec = Spec::new("edge", program)
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(folder.join("Caddyfile"))
            .env("SPOTTER_EDGE_PORT", port.to_string())
            .env("SPOTTER_EDGE_DATA", &dir)
            .env("SPOTTER_EDGE_PAGES", folder.join("pages"))
            .env("SPOTTER_EDGE_GATEWAYS", upstreams.gateways.join(" "))
            .env("SPOTTER_EDGE_HISTORIES", upstreams.histories.join(" "))
            .env("SPOTTER_EDGE_ROSTERS", upstreams.rosters.join(" "))
            .env("SPOTTER_EDGE_FILES", upstreams.files.join(" "))
            .env("XDG_CONFIG_HOME", &dir)
            .env("XDG_DATA_HOME", &dir)
            .output(output)
            .scratch(scratch.as_ref().map(|s| s.path().to_path_buf()));
        let process = Process::start(spec)?;
        let mut edge = Self {
            process,
            port,
            dir,
            _scratch: scratch,
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
        root_certificate(&self.dir)
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
        let (port, certificate) = (self.port, self.root_certificate());
        let listening = move || {
            let signed = certificate.is_file();
            async move { signed && TcpStream::connect(("127.0.0.1", port)).await.is_ok() }
        };
        self.process.ready(Duration::from_secs(30), listening).await
    }
}

fn root_certificate(dir: &Path) -> PathBuf {
    dir.join("pki/authorities/local/root.crt")
}
