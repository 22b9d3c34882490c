//! `--prove-erased`: asks every service, its own tables included, whether anything of a person is left.

use std::{io::Write, time::Duration};

use bus::{Bus, Subject};
use protocol::{
    UserId,
    internal::{Erased, ErasedRequest},
};
use sqlx::PgPool;

const WITHIN: Duration = Duration::from_secs(10);

/// Prints what is left with whom; an error when that is not nothing, or cannot be known.
pub async fn nothing_is_left(pool: &PgPool, bus: &Bus, person: UserId) -> Result<(), boot::Error> {
    let counts = [
        ("trainer-roster", own(pool, person).await.map_err(Into::into)),
        ("chat-history", others(bus, Subject::HISTORY_ERASED, person).await),
        ("file-upload", others(bus, Subject::FILES_ERASED, person).await),
    ];
    let mut out = std::io::stdout();
    for (service, counted) in &counts {
        match counted {
            Ok(left) => writeln!(out, "{service}: {left} left")?,
            Err(error) => writeln!(out, "{service}: unknown, {error}")?,
        }
    }
    if counts.iter().all(|(_, counted)| matches!(counted, Ok(0))) {
        Ok(())
    } else {
        Err("something is left, or could not be counted: the services may still be at work".into())
    }
}

/// Rows that name the person, or say anything of them. The empty mark and the audit log only hold the id.
async fn own(pool: &PgPool, person: UserId) -> Result<u64, sqlx::Error> {
    let left = sqlx::query_scalar!(
        r#"select (select count(*) from roster.person where id = $1 and erased_at is null)
            + (select count(*) from roster.person where id = $1 and concat(name, email, folded) <> '')
            + (select count(*) from roster.booking where trainer_id = $1 or client_id = $1)
            + (select count(*) from roster.relation where trainer_id = $1 or client_id = $1)
            + (select count(*) from roster.parked where $1 = any(people))
            + (select count(*) from roster.setting where user_id = $1)
            + (select count(*) from roster.seen where user_id = $1)
            + (select count(*) from roster.block where trainer_id = $1 or client_id = $1) as "left!""#,
        person.0,
    )
    .fetch_one(pool)
    .await?;
    Ok(left.cast_unsigned())
}

async fn others(bus: &Bus, subject: Subject, user: UserId) -> Result<u64, boot::Error> {
    let mut left = 0;
    let mut after = None;
    loop {
        let question = ErasedRequest { user, after };
        let answer = bus
            .ask::<_, Erased>(subject.clone(), &question, WITHIN)
            .await
            .map_err(|error| format!("could not ask {subject}: {error}"))?;
        let erased = answer.map_err(|refusal| format!("{subject} was refused: {}", refusal.code))?;
        left += erased.left;
        after = erased.next;
        if after.is_none() {
            return Ok(left);
        }
    }
}
