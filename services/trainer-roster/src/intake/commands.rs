//! What operators do with parked messages: `--list-parked`, `--replay-parked`, `--discard-parked`.

use std::io::Write;

use bus::{Bus, Headers, Subject};
use bytes::Bytes;
use protocol::{ErrorCode, error::Refusal};
use sqlx::PgPool;

use super::{
    act,
    parked::{self, Entry},
};
use crate::{Error, directory::Numbered};

/// One line each, without their content.
pub async fn list(pool: &PgPool) -> Result<(), boot::Error> {
    let mut out = std::io::stdout();
    for entry in parked::list(pool).await? {
        writeln!(out, "{}", line(&entry, &entry.code, entry.field.as_deref()))?;
    }
    Ok(())
}

/// Tells the directory all of them again, and keeps those that are still refused; an error when some are.
pub async fn replay(pool: &PgPool, bus: &Bus) -> Result<(), boot::Error> {
    let mut out = std::io::stdout();
    let (mut kept, mut refused) = (0, 0);
    for entry in parked::list(pool).await? {
        if !entry.is_whole {
            refused += 1;
            writeln!(out, "{}", line(&entry, &entry.code, entry.field.as_deref()))?;
            continue;
        }
        match replay_one(pool, bus, entry.id).await? {
            Ok(()) => kept += 1,
            Err(refusal) if refusal.code == ErrorCode::Unavailable => {
                return Err(format!("the database is away after {kept} were kept: replay again").into());
            }
            Err(refusal) => {
                refused += 1;
                parked::note(pool, entry.id, &refusal).await?;
                writeln!(
                    out,
                    "{}",
                    line(&entry, &refusal.code.to_string(), refusal.field.as_deref())
                )?;
            }
        }
    }
    writeln!(out, "{kept} kept, {refused} refused")?;
    if refused == 0 {
        Ok(())
    } else {
        Err("some are still refused: mend what they name, or discard them".into())
    }
}

pub async fn discard(pool: &PgPool, id: i64) -> Result<(), boot::Error> {
    if parked::remove(pool, id).await? {
        Ok(())
    } else {
        Err(format!("no parked message has the number {id}").into())
    }
}

/// Kept first and removed after, so that an end in between costs a second replay, which changes nothing.
async fn replay_one(pool: &PgPool, bus: &Bus, id: i64) -> Result<Result<(), Refusal>, boot::Error> {
    let Some(message) = parked::load(pool, id).await? else {
        return Ok(Ok(()));
    };
    let told = match message.read() {
        Ok(told) => told,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match told.keep(pool, &act(message.published_at)).await {
        Ok(Numbered::Nothing) => {}
        Ok(Numbered::Change | Numbered::Revocation(_)) => {
            // Lost, it costs those who follow up to 20 s.
            let _ = bus
                .publish(Subject::ROSTER_CHANGED, Headers::default(), Bytes::new())
                .await;
        }
        Err(error) => match Error::into_refusal(error) {
            // Of somebody who was erased since.
            refusal if refusal.code == ErrorCode::NotFound => {}
            refusal => return Ok(Err(refusal)),
        },
    }
    parked::remove(pool, id).await?;
    Ok(Ok(()))
}

fn line(entry: &Entry, code: &str, field: Option<&str>) -> String {
    let Entry {
        id,
        sequence,
        subject,
        payload_bytes,
        published_at,
        ..
    } = entry;
    let kept = if entry.is_whole { "" } else { " (not kept)" };
    let field = field.map(|field| format!(" ({field})")).unwrap_or_default();
    format!(
        "{id}: {subject}, message {sequence}, {payload_bytes} bytes{kept}, published {published_at}: {code}{field}"
    )
}
