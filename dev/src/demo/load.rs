//! Tells the product about the demo people the way anybody would: over its HTTP API.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::error::Role;
use protocol::frame::SendBody;
use protocol::http::{BookingStatus, DirectoryBooking, DirectoryUser, Problem};
use protocol::{ConversationId, FileId};
use reqwest::{Response, StatusCode, multipart};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use uuid::{Builder, Uuid};

use super::past::{Conversation, Line};
use super::people::{first_name, named_id};
use super::{Addresses, Demo, Person, photo};
use crate::{Error, http};

/// Rates, and relations on their way from the roster to the log, are waited for this long.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was said, with the id it was stored under.
#[derive(Clone, Debug)]
pub struct Sent {
    pub conversation: ConversationId,
    pub message: Uuid,
    pub at: OffsetDateTime,
}

/// An upload, ready or not.
#[derive(Deserialize)]
struct Begun {
    id: FileId,
}

#[derive(Clone)]
pub struct Loader {
    client: reqwest::Client,
    services: Addresses,
    platform_token: String,
    people: Arc<HashMap<String, Person>>,
}

impl Loader {
    pub fn new(demo: &Demo) -> Result<Self, Error> {
        let people = demo
            .people
            .iter()
            .map(|person| (first_name(&person.name), person.clone()));
        Ok(Self {
            client: http::client()?,
            services: demo.services.clone(),
            platform_token: demo.platform_token.clone(),
            people: Arc::new(people.collect()),
        })
    }

    /// Puts everybody, and a running booking for every conversation, into the directory.
    pub async fn directory(&self, past: &[Conversation]) -> Result<(), Error> {
        for person in self.people.values() {
            let (name, email, role) = (person.name.clone(), person.email.clone(), person.role);
            let user = DirectoryUser {
                name,
                email,
                role,
                version: None,
            };
            self.put(&format!("/api/directory/users/{}", person.id), &user)
                .await?;
        }
        for conversation in past {
            let now = OffsetDateTime::now_utc();
            let booking = DirectoryBooking {
                trainer_id: self.person(&conversation.trainer)?.id,
                client_id: self.person(&conversation.client)?.id,
                status: BookingStatus::Active,
                starts_at: now - time::Duration::days(30),
                ends_at: now + time::Duration::days(60),
                version: None,
            };
            let id = named_id(&format!(
                "booking {} {}",
                conversation.client, conversation.trainer
            ));
            self.put(&format!("/api/directory/bookings/{id}"), &booking)
                .await?;
        }
        Ok(())
    }

    /// Says everything again, each conversation in its own order.
    pub async fn conversations(&self, past: Vec<Conversation>) -> Result<Vec<Sent>, Error> {
        let mut talks = JoinSet::new();
        for conversation in past {
            let loader = self.clone();
            talks.spawn(async move { loader.conversation(conversation).await });
        }
        let mut sent = Vec::new();
        while let Some(talk) = talks.join_next().await {
            sent.extend(talk??);
        }
        Ok(sent)
    }

    async fn conversation(&self, past: Conversation) -> Result<Vec<Sent>, Error> {
        let (trainer, client) = (self.person(&past.trainer)?, self.person(&past.client)?);
        let conversation = ConversationId::new(trainer.id, client.id);
        let mut sent = Vec::new();
        for (number, line) in past.lines.iter().enumerate() {
            let message = message_id(line.at, &format!("{conversation} {number}"))?;
            self.say(conversation, message, line).await?;
            sent.push(Sent {
                conversation,
                message,
                at: line.at,
            });
        }
        Ok(sent)
    }

    async fn say(&self, conversation: ConversationId, message: Uuid, line: &Line) -> Result<(), Error> {
        let person = self.person(&line.who)?;
        let mut attachments = None;
        if let Some(name) = &line.photo {
            attachments = Some(vec![self.upload(person, name).await?]);
        }
        let body = SendBody {
            conversation_id: conversation.to_string(),
            id: message.to_string(),
            text: Some(line.text.clone()),
            attachments,
            reply_to: None,
            traceparent: None,
        };
        let url = format!("{}/api/chat/messages", self.services.history);
        self.patiently(|| self.client.post(&url).bearer_auth(&person.token).json(&body))
            .await
            .map(drop)
    }

    async fn upload(&self, person: &Person, name: &str) -> Result<String, Error> {
        let (url, picture) = (
            format!("{}/api/files/upload", self.services.files),
            photo::draw(name)?,
        );
        let answer = self.patiently(|| {
            let part = multipart::Part::bytes(picture.clone()).file_name(format!("{name}.png"));
            let form = multipart::Form::new().part("file", part);
            self.client.post(&url).bearer_auth(&person.token).multipart(form)
        });
        // A file that is still in work is not found when it is sent, which is asked again.
        let begun: Begun = answer.await?.json().await?;
        Ok(begun.id.to_string())
    }

    async fn put(&self, path: &str, body: &impl Serialize) -> Result<(), Error> {
        let url = format!("{}{path}", self.services.roster);
        self.patiently(|| self.client.put(&url).bearer_auth(&self.platform_token).json(body))
            .await
            .map(drop)
    }

    /// Asks until the answer is yes; waits where the answer is "not yet".
    async fn patiently(&self, request: impl Fn() -> reqwest::RequestBuilder) -> Result<Response, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = request().send().await?;
            if answer.status().is_success() {
                return Ok(answer);
            }
            let (status, path) = (answer.status(), answer.url().path().to_owned());
            let problem: Option<Problem> = answer.json().await.ok();
            let said = problem
                .as_ref()
                .map_or_else(String::new, |problem| problem.title.clone());
            if !is_temporary(status) || Instant::now() > deadline {
                return Err(format!("{path} answered {status} {said}").into());
            }
            let pause = problem.and_then(|problem| problem.retry_after_ms).unwrap_or(200);
            sleep(Duration::from_millis(pause.max(50))).await;
        }
    }

    fn person(&self, first_name: &str) -> Result<&Person, Error> {
        self.people
            .get(first_name)
            .ok_or_else(|| format!("no demo person is called {first_name}").into())
    }
}

/// Limits, restarts, and a booking that chat-history has not heard of yet.
fn is_temporary(status: StatusCode) -> bool {
    [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::NOT_FOUND,
        StatusCode::CONFLICT,
    ]
    .contains(&status)
}

/// The id that a device would have made at that time; the same for the same line, so that an
/// interrupted load goes on where it was.
fn message_id(at: OffsetDateTime, line: &str) -> Result<Uuid, Error> {
    let millis = u64::try_from(at.unix_timestamp())? * 1000;
    let (_, random) = named_id(line)
        .into_bytes()
        .split_first_chunk::<6>()
        .map_or(([0; 6], [0; 10]), |(head, tail)| {
            (*head, tail.try_into().unwrap_or_default())
        });
    Ok(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

impl Demo {
    /// The conversation of two demo people.
    pub fn conversation(one: &Person, other: &Person) -> Option<ConversationId> {
        match (one.role, other.role) {
            (Role::Trainer, Role::User) => Some(ConversationId::new(one.id, other.id)),
            (Role::User, Role::Trainer) => Some(ConversationId::new(other.id, one.id)),
            _ => None,
        }
    }
}
