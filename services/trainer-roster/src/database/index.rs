//! The trigram index that `search` uses: made after the migrations, where the server has `pg_trgm`.
//!
//! Whether a role may create an extension is the server's business, so a migration cannot count on it:
//! without the extension everything is found all the same, only by reading all of a trainer's clients.

use sqlx::{AssertSqlSafe, PgConnection};
use tracing::warn;

/// Makes the index unless it is there, without holding up those who write meanwhile.
pub async fn ensure(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let Some(schema) = extension(connection).await? else {
        warn!(
            "Searching works without an index: `create extension pg_trgm` as the database's owner, then --migrate again"
        );
        return Ok(());
    };
    // One that was interrupted stays behind, is kept up to date, and is never used.
    let is_valid: Option<bool> = sqlx::query_scalar(
        "select indisvalid from pg_index where indexrelid = to_regclass('roster.person_folded')",
    )
    .fetch_optional(&mut *connection)
    .await?;
    match is_valid {
        Some(true) => return Ok(()),
        Some(false) => {
            sqlx::query("drop index concurrently roster.person_folded")
                .execute(&mut *connection)
                .await?;
        }
        None => {}
    }
    let schema = schema.replace('"', "\"\"");
    let index = format!(
        "create index concurrently person_folded on roster.person using gin (folded \"{schema}\".gin_trgm_ops)"
    );
    // Only the catalog's own name of a schema is put in, quoted.
    sqlx::query(AssertSqlSafe(index)).execute(connection).await?;
    Ok(())
}

/// The schema that holds `pg_trgm`, which is made where that is allowed.
async fn extension(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    if let Some(schema) = installed(connection).await? {
        return Ok(Some(schema));
    }
    let made = sqlx::query("create extension if not exists pg_trgm with schema roster")
        .execute(&mut *connection)
        .await;
    match made {
        Ok(_) => installed(connection).await,
        // Not allowed, or not on this server.
        Err(sqlx::Error::Database(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn installed(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "select n.nspname::text
        from pg_extension e
        join pg_namespace n on n.oid = e.extnamespace
        where e.extname = 'pg_trgm'",
    )
    .fetch_optional(connection)
    .await
}
