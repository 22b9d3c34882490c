//! `--rebuild-relations`: makes the projection anew from the roster's whole list, whatever became of it.

use std::collections::BTreeSet;

use protocol::{ConversationId, UserId, internal::RosterChange};
use sqlx::PgConnection;
use time::OffsetDateTime;
use tracing::info;

use super::{Applied, LIST, Relations, news, relate};
use crate::{database::Lease, erase, lookup};

/// Pairs written by one statement.
const CHUNK: usize = 500;

impl Relations {
    /// Reads the list from its start and puts right every conversation that says something else. Live
    /// sockets are told; what is right already is not touched.
    pub async fn rebuild(&self) -> Result<(), boot::Error> {
        let mut heard = news::Heard::new();
        let mut erased = Vec::new();
        // Most of the list is read before anything is locked.
        let reached = self.hear_from(0, &mut heard, &mut erased).await?;
        let mut lease = Lease::take(&self.pool).await?;
        let mut tx = sqlx::Connection::begin(lease.conn()?).await?;
        sqlx::query_scalar!("select number from chat.follow where name = $1 for update", LIST)
            .fetch_one(&mut *tx)
            .await?;
        let to = self.hear_from(reached, &mut heard, &mut erased).await?;
        let now = OffsetDateTime::now_utc();
        let access = put_right(&mut tx, heard, now).await?;
        erase::ask(&mut tx, &erased, now).await?;
        sqlx::query!("update chat.follow set number = $2 where name = $1", LIST, to)
            .execute(&mut *tx)
            .await?;
        let epoch = lookup::epoch(&mut tx).await?;
        tx.commit().await?;
        lease.keep();
        info!(access = access.len(), "The relations are as the roster has them");
        let applied = Applied { epoch, access };
        self.publisher.ring_access(applied.epoch, &applied.access).await;
        Ok(())
    }

    /// Takes in what follows `after`; answers where the list ended. One entry for each pair is kept, and
    /// for each erasure, not the list.
    async fn hear_from(
        &self,
        mut after: i64,
        heard: &mut news::Heard,
        erased: &mut Vec<(i64, RosterChange)>,
    ) -> Result<i64, boot::Error> {
        loop {
            let page = self.ask(after).await?;
            news::hear(heard, page.items.iter().map(|(_, change)| change));
            let erasures = page.items.into_iter();
            erased.extend(erasures.filter(|(_, change)| matches!(change, RosterChange::Erasure { .. })));
            after = page.to;
            if !page.more {
                return Ok(after);
            }
        }
    }
}

type Access = Vec<(ConversationId, crate::changes::thread::AccessChange)>;

async fn put_right(
    conn: &mut PgConnection,
    mut heard: news::Heard,
    now: OffsetDateTime,
) -> Result<Access, sqlx::Error> {
    for people in claimed(conn).await? {
        heard.entry(people).or_default();
    }
    for news in heard.values_mut() {
        news.complete();
    }
    let mut access = Access::new();
    let mut chunk = news::Heard::new();
    // In the order of all writers, so that nobody who locks several waits in a circle.
    for (people, news) in heard {
        chunk.insert(people, news);
        if chunk.len() == CHUNK {
            access.extend(relate::write(conn, &std::mem::take(&mut chunk), now).await?);
        }
    }
    access.extend(relate::write(conn, &chunk, now).await?);
    Ok(access)
}

/// Conversations that claim a booking or a block: the list may know of none.
async fn claimed(conn: &mut PgConnection) -> Result<BTreeSet<ConversationId>, sqlx::Error> {
    let rows = sqlx::query!(
        "select trainer_id, client_id
         from chat.conversation
         where related or trainer_blocks or client_blocks",
    )
    .fetch_all(conn)
    .await?;
    let people = rows
        .into_iter()
        .map(|row| ConversationId::new(UserId(row.trainer_id), UserId(row.client_id)));
    Ok(people.collect())
}
