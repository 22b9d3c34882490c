//! Whom this socket watches, and what it was told of them.

use std::sync::Arc;

use axum::{Error, extract::ws::Message};
use futures_util::{Sink, Stream};
use protocol::{
    ErrorCode, UserId,
    error::Refusal,
    frame::{Ref, ServerFrame},
};

use super::{End, Session, answers};
use crate::{
    hub::Socket,
    presence::{Presence, Shown},
};

/// One list; replaced by the next, and gone with the socket.
pub struct Watching {
    /// Of the `watch` that made it.
    r#ref: Ref,
    presence: Presence,
    socket: Arc<Socket>,
    told: Vec<(UserId, Option<Shown>)>,
    /// Everybody was told once: from here on changes are.
    answered: bool,
}

impl Watching {
    /// What was not told yet, told with this.
    fn news(&mut self) -> Vec<ServerFrame> {
        let mut news = Vec::new();
        for (user, told) in &mut self.told {
            let shown = self.presence.shown(*user);
            if told.replace(shown) != Some(shown) {
                news.push(ServerFrame::Presence {
                    user_id: *user,
                    online: shown.online,
                    last_seen_at: shown.last_seen_at,
                });
            }
        }
        news
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let users = self.told.iter().map(|(user, _)| *user);
        self.presence.unwatch(users, &self.socket);
    }
}

impl<S> Session<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    /// Somebody with whom the person has no conversation is not found, like somebody who is nowhere.
    pub(super) async fn on_watch(&mut self, r#ref: Ref, users: Vec<UserId>) -> Result<(), End> {
        if !users.iter().all(|user| self.positions.knows(*user)) {
            return self.refuse(Some(r#ref), None, ErrorCode::NotFound.into()).await;
        }
        let presence = self.gateway.presence.clone();
        let unknown = presence.watch(&users, &self.socket);
        // The last list goes only now, so that whoever is on both is not forgotten in between.
        self.watching = Some(Box::new(Watching {
            r#ref,
            presence: presence.clone(),
            socket: self.socket.clone(),
            told: users.into_iter().map(|user| (user, None)).collect(),
            answered: unknown.is_empty(),
        }));
        if unknown.is_empty() {
            return self.on_presence().await;
        }
        self.answers.push(answers::look(r#ref, unknown, presence));
        Ok(())
    }

    pub(super) async fn on_looked(&mut self, r#ref: Ref, outcome: Result<(), Refusal>) -> Result<(), End> {
        // Another list has taken its place.
        let Some(watching) = self.watching.as_mut().filter(|it| it.r#ref == r#ref) else {
            return Ok(());
        };
        watching.answered = true;
        match outcome {
            Ok(()) => self.on_presence().await,
            Err(refusal) => {
                self.watching = None;
                self.refuse(Some(r#ref), None, refusal).await
            }
        }
    }

    pub(super) async fn on_presence(&mut self) -> Result<(), End> {
        self.socket.looks_at_presence();
        let watching = self.watching.as_mut().filter(|it| it.answered);
        let news = watching.map(|watching| watching.news()).unwrap_or_default();
        for frame in news {
            self.say(&frame).await?;
        }
        Ok(())
    }
}
