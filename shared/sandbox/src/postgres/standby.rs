//! A second server that follows the first, and takes its place when that is gone.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{Home, Options, Postgres};
use crate::{Error, Output, Process, Spec, until};

/// Generous: it copies everything, on a machine that does other things too.
const COPIED: Duration = Duration::from_mins(1);
const IN_STEP: Duration = Duration::from_mins(1);

impl Postgres {
    /// Starts a server that copies this one and follows it.
    pub async fn follow(primary: &Self, options: Options) -> Result<Self, Error> {
        let home = Home::of(&options)?;
        let log = home.dir.join("copy.log");
        let spec = Spec::new("pg_basebackup", home.place.program("pg_basebackup"))
            .args(["--host=127.0.0.1", "--username=postgres", "--checkpoint=fast"])
            .args(["--wal-method=stream", "--write-recovery-conf", "--no-sync"])
            .arg(format!("--port={}", primary.port))
            .arg("--pgdata")
            .arg(&home.data)
            .directory(&home.dir)
            .output(Output::File(log.clone()))
            .run_as(home.place.user());
        let mut copying = Process::start(spec)?;
        let status = copying.ended(COPIED).await?;
        if !status.success() {
            let status = status.to_string();
            return Err(Error::Ended {
                program: "pg_basebackup".to_owned(),
                status,
                log: log.display().to_string(),
            });
        }
        Self::launch(home, &options).await
    }

    /// From here on a commit is answered when a standby has it on its disk too.
    ///
    /// A standby that is copied later has no such wish of its own: promoted, it goes on alone.
    pub async fn require_standby(&self) -> Result<(), Error> {
        self.run("alter system set synchronous_standby_names = '*'")
            .await?;
        self.run("select pg_reload_conf()").await?;
        self.in_step().await
    }

    /// Waits until a standby has everything and commits wait for it.
    pub async fn in_step(&self) -> Result<(), Error> {
        until("a standby in step", IN_STEP, || async {
            self.has_standby().await.unwrap_or(false)
        })
        .await
    }

    /// Makes a standby the primary of its own, with all it has received.
    pub async fn promote(&self) -> Result<(), Error> {
        self.run("select pg_promote(true, 60)").await
    }

    async fn has_standby(&self) -> Result<bool, sqlx::Error> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        let found = sqlx::query_scalar(
            "select exists (select from pg_stat_replication where state = 'streaming' and sync_state in ('sync', 'quorum'))",
        )
        .fetch_one(&mut connection)
        .await?;
        connection.close().await?;
        Ok(found)
    }

    async fn run(&self, sql: &'static str) -> Result<(), Error> {
        let mut connection = PgConnection::connect(&self.url("postgres")).await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}
