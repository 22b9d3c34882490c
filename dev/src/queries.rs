//! Refreshes or checks `services/*/.sqlx`, the descriptions that let queries compile without a database.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use sandbox::{Postgres, PostgresOptions, Scratch};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::Error;

const SERVICES: [(&str, &str); 3] = [
    ("chat-history", "chat"),
    ("trainer-roster", "roster"),
    ("file-upload", "files"),
];

#[derive(clap::Args, Debug)]
pub struct Options {
    /// Change nothing; fail when a description is missing, stale or not needed
    #[arg(long)]
    check: bool,
}

pub async fn run(options: Options) -> Result<(), Error> {
    let postgres = Postgres::start(PostgresOptions {
        fsync: false,
        ..Default::default()
    })
    .await?;
    postgres.create_database("queries", None).await?;
    let url = postgres.url("queries");
    for (service, schema) in SERVICES {
        migrate(&url, service, schema).await?;
    }
    let mut stale = Vec::new();
    for (service, _) in SERVICES {
        let fresh = describe(&url, service)?;
        let kept = sandbox::workspace().join("services").join(service).join(".sqlx");
        let before = read(&kept)?;
        if fresh == before {
            continue;
        }
        report(service, &before, &fresh);
        stale.push(service);
        if !options.check {
            replace(&kept, &fresh)?;
        }
    }
    if options.check && !stale.is_empty() {
        return Err("run `make sqlx` and commit what it changes".into());
    }
    Ok(())
}

async fn migrate(url: &str, service: &str, schema: &str) -> Result<(), Error> {
    let folder = sandbox::workspace()
        .join("services")
        .join(service)
        .join("migrations");
    let mut connection = PgConnection::connect(url).await?;
    for sql in [
        format!("create schema {schema}"),
        format!("set search_path to {schema}"),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    Migrator::new(folder.as_path())
        .await?
        .run(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

/// Compiles the service against the database and collects the descriptions of its queries.
fn describe(url: &str, service: &str) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let folder = Scratch::new("queries")?;
    let root = sandbox::workspace();
    // Cargo compiles only what has changed, and queries are described only while compiling.
    let library = root.join("services").join(service).join("src/lib.rs");
    fs::File::options()
        .append(true)
        .open(&library)?
        .set_modified(std::time::SystemTime::now())?;
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["check", "--quiet", "--all-targets", "--package", service])
        .current_dir(root);
    cargo
        .env("DATABASE_URL", url)
        .env("SQLX_OFFLINE_DIR", folder.path())
        .env_remove("SQLX_OFFLINE");
    if !cargo.status()?.success() {
        return Err(format!("{service} does not compile against its own migrations").into());
    }
    read(folder.path())
}

fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(BTreeMap::new());
    };
    let mut files = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(files)
}

fn report(service: &str, before: &BTreeMap<String, Vec<u8>>, fresh: &BTreeMap<String, Vec<u8>>) {
    for (name, content) in fresh {
        if before.get(name) != Some(content) {
            println!(
                "{service}: {name} is {}",
                if before.contains_key(name) {
                    "stale"
                } else {
                    "missing"
                }
            );
        }
    }
    for name in before.keys().filter(|name| !fresh.contains_key(*name)) {
        println!("{service}: {name} is not needed");
    }
}

fn replace(folder: &Path, fresh: &BTreeMap<String, Vec<u8>>) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    for name in read(folder)?.keys() {
        fs::remove_file(folder.join(name))?;
    }
    for (name, content) in fresh {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}
