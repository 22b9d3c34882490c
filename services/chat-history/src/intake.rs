//! Takes a change from its door to its answer, asking other services first where the batch says so:
//! never inside a transaction, and never for the plain message in a known conversation.

use bus::{Bus, Subject};
use protocol::{
    ErrorCode, FileId, MessageId,
    error::{Refusal, Role},
    file::AttachedFile,
    frame::Ack,
    internal::{Action, AttachRequest, Attached, Change, Relation, RelationRequest},
};
use tokio::time::Duration;
use tracing::{instrument, warn};

use crate::{
    changes::{self, Facts, Need, Verdict, batch::Batcher, transaction::Item},
    relations::Relations,
};

/// How long another service may take to answer.
const ASK_WITHIN: Duration = Duration::from_secs(2);
/// The relation, the relation once more, the files, and the answer.
const ROUNDS: usize = 4;

#[derive(Clone)]
pub struct Intake {
    pub batcher: Batcher,
    pub bus: Bus,
    pub relations: Relations,
}

impl Intake {
    /// Answers the `ack` of a change, or why there is none.
    #[instrument(
        name = "append",
        skip_all,
        fields(messaging.message.id = change.message().map(|id| id.to_string()))
    )]
    pub async fn take(&self, change: Change) -> Result<Ack, Refusal> {
        changes::check(&change)?;
        let mut item = Item {
            change,
            facts: Facts::default(),
        };
        for _ in 0..ROUNDS {
            match self.batcher.submit(item.clone()).await {
                Verdict::Done(ack, _) | Verdict::Duplicate(ack) => return Ok(ack),
                Verdict::Refused(refusal) => return Err(refusal),
                // Boxed: few messages ask anybody, and each would be as large as the questions.
                Verdict::Needs(Need::Relation) => {
                    item.facts.strangers = Box::pin(self.are_strangers(&item.change)).await?;
                }
                Verdict::Needs(Need::Files) => {
                    item.facts.files = Box::pin(self.attach(&item.change)).await?;
                }
            }
        }
        // The roster says they are joined, but its list of changes cannot be followed.
        Err(ErrorCode::Unavailable.into())
    }

    /// Whether the two are known and nothing joins them. If a booking does, the projection lags
    /// behind: it is brought up to date, and the next round finds the conversation.
    async fn are_strangers(&self, change: &Change) -> Result<bool, Refusal> {
        let question = RelationRequest {
            trainer: change.conversation.trainer,
            client: change.conversation.client,
        };
        let relation: Relation = self
            .bus
            .ask(Subject::ROSTER_RELATION, &question, ASK_WITHIN)
            .await
            .map_err(|error| error.code())??;
        if relation.active {
            if let Err(error) = self.relations.catch_up().await {
                warn!(
                    error = &*error as &dyn std::error::Error,
                    "Could not follow the roster"
                );
                return Err(ErrorCode::Unavailable.into());
            }
            return Ok(false);
        }
        if !relation.both_known || change.role == Role::Trainer {
            return Err(ErrorCode::NotFound.into());
        }
        Ok(true)
    }

    /// Binds the files to the message. Asked twice for the same message, it answers the same.
    async fn attach(&self, change: &Change) -> Result<Option<Vec<AttachedFile>>, Refusal> {
        let Action::Send { id, attachments, .. } = &change.action else {
            return Ok(None);
        };
        let question = attach_request(change, *id, attachments);
        let files: Attached = self
            .bus
            .ask(Subject::FILES_ATTACH, &question, ASK_WITHIN)
            .await
            .map_err(|error| error.code())??;
        let asked = files.iter().map(|file| file.id).eq(attachments.iter().copied());
        if asked {
            Ok(Some(files))
        } else {
            Err(ErrorCode::Internal.into())
        }
    }
}

fn attach_request(change: &Change, id: MessageId, files: &[FileId]) -> AttachRequest {
    AttachRequest {
        file_ids: files.to_vec(),
        sender: change.actor,
        conversation_id: change.conversation,
        message_id: id,
    }
}
