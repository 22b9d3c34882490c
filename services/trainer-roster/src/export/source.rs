//! Where the parts of an archive come from.

use std::time::Duration;

use auth::Identity;
use axum::body::Bytes;
use bus::{Bus, Subject};
use protocol::{
    ErrorCode, FileId,
    error::Refusal,
    internal::{
        ExportPage, ExportPlace, FileRead, FilesExport, FilesPage, HistoryExport, HistoryPart, Reply,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgPool;

const WITHIN: Duration = Duration::from_secs(4);
/// How often a service that is away for a moment is asked.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);

pub struct Source {
    pub pool: PgPool,
    pub bus: Bus,
    pub me: Identity,
}

impl Source {
    /// Whether the other services answer at this moment.
    pub async fn is_there(&self) -> Result<(), Refusal> {
        self.ask_once::<_, FilesPage>(Subject::FILES_EXPORT, &self.files_after(None))
            .await?;
        let history = self.history_after(HistoryPart::Conversations, None);
        self.ask_once::<_, ExportPage>(Subject::HISTORY_EXPORT, &history)
            .await?;
        Ok(())
    }

    pub async fn history(
        &self,
        part: HistoryPart,
        after: Option<ExportPlace>,
    ) -> Result<ExportPage, boot::Error> {
        self.ask(Subject::HISTORY_EXPORT, &self.history_after(part, after))
            .await
    }

    pub async fn files(&self, after: Option<FileId>) -> Result<FilesPage, boot::Error> {
        self.ask(Subject::FILES_EXPORT, &self.files_after(after)).await
    }

    /// A piece of a file from `offset` on, and where the next one begins.
    pub async fn piece(&self, file: FileId, offset: u64) -> Result<(Bytes, Option<u64>), boot::Error> {
        let question = FileRead {
            user: self.me.user,
            file,
            offset,
        };
        let question = Bytes::from(serde_json::to_vec(&question)?);
        let mut attempt = 1;
        loop {
            match self.piece_once(question.clone()).await {
                Err(_) if attempt < ATTEMPTS => tokio::time::sleep(PAUSE * attempt).await,
                answered => return answered,
            }
            attempt += 1;
        }
    }

    async fn piece_once(&self, question: Bytes) -> Result<(Bytes, Option<u64>), boot::Error> {
        let asked = self.bus.request_raw(Subject::FILES_READ, question, WITHIN);
        let answer = asked.await?;
        match answer.headers.to {
            Some(end) => Ok((answer.payload, answer.headers.more.then_some(end))),
            None => Err(refused(&answer.payload).into()),
        }
    }

    fn history_after(&self, part: HistoryPart, after: Option<ExportPlace>) -> HistoryExport {
        HistoryExport {
            user: self.me.user,
            role: self.me.role,
            part,
            after,
        }
    }

    fn files_after(&self, after: Option<FileId>) -> FilesExport {
        FilesExport {
            user: self.me.user,
            after,
        }
    }

    async fn ask<Q, R>(&self, subject: Subject, question: &Q) -> Result<R, boot::Error>
    where
        Q: Serialize + Sync,
        R: DeserializeOwned,
    {
        let mut attempt = 1;
        loop {
            match self.ask_once(subject.clone(), question).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) if attempt == ATTEMPTS => {
                    return Err(format!("{subject} was refused: {}", refusal.code).into());
                }
                Err(_) => tokio::time::sleep(PAUSE * attempt).await,
            }
            attempt += 1;
        }
    }

    async fn ask_once<Q, R>(&self, subject: Subject, question: &Q) -> Result<R, Refusal>
    where
        Q: Serialize + Sync,
        R: DeserializeOwned,
    {
        let answer = self.bus.ask(subject, question, WITHIN).await;
        answer.map_err(|error| Refusal::from(error.code()))?
    }
}

fn refused(payload: &[u8]) -> String {
    let code = match serde_json::from_slice(payload) {
        Ok(Reply::<()>::Refused(refusal)) => refusal.code,
        _ => ErrorCode::Internal,
    };
    format!("a file could not be read: {code}")
}
