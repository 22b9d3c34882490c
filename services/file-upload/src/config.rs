//! Everything the service can be told, by flag or by variable.

use std::{path::PathBuf, time::Duration};

use boot::Invalid;
use links::Links;
use secrecy::SecretString;

use crate::{bucket, contain, daily, sweep};

#[derive(clap::Parser, Debug)]
#[command(about = "Takes images, voice messages and documents, and serves them by signed links")]
#[group(skip)]
pub struct Config {
    #[command(flatten)]
    pub boot: boot::Config,
    #[command(flatten)]
    pub api: api::Config,
    #[command(flatten)]
    pub auth: auth::Config,
    #[command(flatten)]
    pub bus: bus::Config,
    #[command(flatten)]
    pub links: links::Config,
    #[command(flatten)]
    pub uploads: quota::Uploads,
    #[command(flatten)]
    pub bucket: bucket::Config,
    #[command(flatten)]
    pub database: Database,
    #[command(flatten)]
    pub render: Render,
    #[command(flatten)]
    pub daily: daily::Config,
    #[command(flatten)]
    pub sweep: sweep::Config,

    /// Apply the schema's migrations and exit
    #[arg(long)]
    pub migrate: bool,
}

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[expect(clippy::struct_field_names, reason = "they are the names of flags")]
pub struct Database {
    /// PostgreSQL with the schema `files`
    #[arg(
        long,
        env = "SPOTTER_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: Option<SecretString>,

    /// File that holds the database's URL instead
    #[arg(long, env = "SPOTTER_DATABASE_URL_FILE", value_name = "PATH")]
    pub database_url_file: Option<PathBuf>,

    /// Most connections to the database
    #[arg(long, env = "SPOTTER_DATABASE_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub database_connections: u32,
}

impl Database {
    pub fn url(&self) -> Result<SecretString, Invalid> {
        boot::secret(
            "SPOTTER_DATABASE_URL",
            &self.database_url,
            &self.database_url_file,
        )?
        .ok_or_else(|| Invalid::new("SPOTTER_DATABASE_URL", "is required"))
    }
}

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[expect(clippy::struct_field_names, reason = "they are the names of flags")]
pub struct Render {
    /// Uploads received and stored at once; more are answered 503. Each keeps its file on disk
    #[arg(long, env = "SPOTTER_UPLOADS_AT_ONCE", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    pub uploads_at_once: u32,

    /// Seconds after which an upload that is still in work is answered `processing`
    #[arg(long, env = "SPOTTER_UPLOAD_ANSWER_SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(..=25))]
    pub upload_answer_seconds: u64,

    /// Images and voice messages in work at once, each in a process of its own
    #[arg(long, env = "SPOTTER_RENDER_CONCURRENCY", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub render_concurrency: u32,

    /// Address space of one such process, MiB; it holds the program too
    #[arg(long, env = "SPOTTER_RENDER_MEMORY_MIB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(16..))]
    pub render_memory_mib: u64,

    /// Processor time of one such process, seconds; it is killed two seconds later in any case
    #[arg(long, env = "SPOTTER_RENDER_CPU_SECONDS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    pub render_cpu_seconds: u64,

    /// Processor time of ffmpeg for one voice message, seconds; it is killed two seconds later in any case
    #[arg(long, env = "SPOTTER_VOICE_CPU_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub voice_cpu_seconds: u64,

    /// ffmpeg, with ffprobe beside it; where systems keep it by default
    #[arg(long, env = "SPOTTER_FFMPEG", value_name = "PATH")]
    pub ffmpeg: Option<PathBuf>,

    /// Where uploads are kept while they are worked on; the system's own place for such files by default
    #[arg(long, env = "SPOTTER_SCRATCH_DIR", value_name = "PATH")]
    pub scratch_dir: Option<PathBuf>,
}

/// Where Debian, a build of one's own, and Homebrew put it.
const FFMPEG: [&str; 3] = [
    "/usr/bin/ffmpeg",
    "/usr/local/bin/ffmpeg",
    "/opt/homebrew/bin/ffmpeg",
];

/// What a process may still wait for, besides computing.
const WAITING: Duration = Duration::from_secs(2);

impl Render {
    pub fn image_limits(&self) -> contain::Limits {
        self.limits(self.render_cpu_seconds)
    }

    pub fn voice_limits(&self) -> contain::Limits {
        self.limits(self.voice_cpu_seconds)
    }

    fn limits(&self, cpu_seconds: u64) -> contain::Limits {
        contain::Limits {
            memory_mib: self.render_memory_mib,
            cpu_seconds,
            deadline: Duration::from_secs(cpu_seconds) + WAITING,
        }
    }

    /// The first that is there; where none is, voice messages are answered `internal`, and the log says why.
    pub fn ffmpeg(&self) -> PathBuf {
        let usual = FFMPEG.iter().map(PathBuf::from).find(|path| path.is_file());
        let chosen = self.ffmpeg.clone().or(usual);
        chosen.unwrap_or_else(|| FFMPEG[0].into())
    }

    pub fn scratch(&self) -> PathBuf {
        self.scratch_dir.clone().unwrap_or_else(std::env::temp_dir)
    }
}

impl boot::Settings for Config {
    fn boot(&self) -> &boot::Config {
        &self.boot
    }

    fn validate(&self) -> Result<(), Invalid> {
        self.database.url()?;
        if self.migrate {
            return Ok(());
        }
        self.auth.validate()?;
        self.bus.validate()?;
        self.bucket.validate()?;
        Links::new(&self.links)?;
        Ok(())
    }
}
