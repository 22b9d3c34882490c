//! Who may use a database: the roles of `deploy/postgres/roles.sql`.

use std::fs;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::Postgres;
use crate::{Error, executable};

impl Postgres {
    /// Makes Spotter's schemas and roles in a database. One that was copied has the schemas, but not the
    /// rights to the database itself: those are not copied.
    pub async fn prepare(&self, database: &str) -> Result<(), Error> {
        let path = executable::workspace().join("deploy/postgres/roles.sql");
        let roles = fs::read_to_string(&path).map_err(Error::at("read", &path))?;
        let mut connection = PgConnection::connect(&self.url(database)).await?;
        sqlx::raw_sql(AssertSqlSafe(roles))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// The address for one of the roles that [`Postgres::prepare`] makes.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port())
    }
}

/// The schema that a service keeps its tables in, which is also the name of the role that owns it.
/// The service's own role has the service's name.
pub fn schema_of(service: &str) -> Option<&'static str> {
    match service {
        "chat-history" => Some("chat"),
        "trainer-roster" => Some("roster"),
        "file-upload" => Some("files"),
        _ => None,
    }
}
