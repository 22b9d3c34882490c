use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use async_nats::{Client, RequestErrorKind, client::PublishErrorKind};
use boot::Lifecycle;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use protocol::{error::Refusal, internal::Reply};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{sync::watch, time};

use crate::{Config, Error, Headers, Message, Pattern, Status, Subject, pulse::Pulse, traffic::Traffic};

/// The longest a publisher waits for room on the way to the broker.
const PUBLISH_WITHIN: Duration = Duration::from_secs(1);
const OLDEST_SERVER: (i64, i64, i64) = (2, 10, 0);

/// A handle to the broker; cheap to clone. The connection lives until the process ends and heals itself.
#[derive(Clone)]
pub struct Bus {
    // Shared once more: a clone of the client counts a dozen parts, and every question makes one.
    pub(crate) client: Arc<Client>,
    pulse: Arc<Pulse>,
}

impl Bus {
    /// Starts to connect and goes on trying in the background; [`Bus::status`] tells when it can be used.
    pub async fn connect(config: &Config, service: &'static str, life: &Lifecycle) -> Result<Self, Error> {
        let pulse = Arc::new(Pulse::new(life).map_err(|error| Error::Broker(error.into()))?);
        let on_event = pulse.clone();
        let options = config
            .options(service)
            .map_err(|error| Error::Broker(error.into()))?;
        let client = options
            .event_callback(move |event| {
                on_event.on_event(&event);
                std::future::ready(())
            })
            .connect(config.servers().map_err(|error| Error::Broker(error.into()))?)
            .await
            .map_err(|error| Error::Broker(error.into()))?;
        Traffic::register(&client, &life.registry).map_err(|error| Error::Broker(error.into()))?;
        let client = Arc::new(client);
        let bus = Self { client, pulse };
        bus.keep_watch(service, life);
        bus.first_contact().await?;
        Ok(bus)
    }

    /// Runs the pulse. The readiness probe `broker` turns true with the first answer and stays so: a
    /// service that would be taken out of the balance while the broker is down could not carry what
    /// still works without it.
    fn keep_watch(&self, service: &'static str, life: &Lifecycle) {
        life.tasks.spawn(
            "pulse",
            Pulse::clone(&self.pulse).run(Client::clone(&self.client), service, life.clone()),
        );
        let probe = life.health.probe("broker");
        let (mut status, hard) = (self.status(), life.hard.clone());
        life.tasks.spawn("broker probe", async move {
            let live = status.wait_for(|status| status.live);
            if let Some(Ok(_)) = hard.run_until_cancelled(live).await {
                probe.set(true);
            }
        });
    }

    /// Gives the broker a moment, so that a broker that is too old stops the service at its start.
    async fn first_contact(&self) -> Result<(), Error> {
        let mut status = self.status();
        let live = status.wait_for(|status| status.live);
        if time::timeout(Duration::from_secs(2), live).await.is_err() {
            return Ok(());
        }
        let (major, minor, patch) = OLDEST_SERVER;
        if self.client.is_server_compatible(major, minor, patch) {
            return Ok(());
        }
        Err(Error::TooOld(self.client.server_info().version))
    }

    /// Publishes, or fails at once while the broker is down.
    pub async fn publish(&self, subject: Subject, headers: Headers, payload: Bytes) -> Result<(), Error> {
        if !self.pulse.is_live() {
            return Err(Error::Down);
        }
        let publish =
            self.client
                .publish_with_headers(subject.as_str().to_owned(), headers.into_map(), payload);
        time::timeout(PUBLISH_WITHIN, publish)
            .await
            .map_err(|_| Error::Down)?
            .map_err(|error| match error.kind() {
                PublishErrorKind::MaxPayloadExceeded => Error::TooLarge,
                _ => Error::Broker(error.into()),
            })
    }

    /// Asks with JSON and reads JSON.
    pub async fn request<Q, R>(&self, subject: Subject, question: &Q, within: Duration) -> Result<R, Error>
    where
        Q: Serialize + Sync,
        R: DeserializeOwned,
    {
        let payload = serde_json::to_vec(question).map_err(Error::Malformed)?;
        let answer = self.request_raw(subject, payload.into(), within).await?;
        serde_json::from_slice(&answer.payload).map_err(Error::Malformed)
    }

    /// Asks a question that may be refused.
    pub async fn ask<Q, R>(
        &self,
        subject: Subject,
        question: &Q,
        within: Duration,
    ) -> Result<Result<R, Refusal>, Error>
    where
        Q: Serialize + Sync,
        R: DeserializeOwned,
    {
        self.request::<Q, Reply<R>>(subject, question, within)
            .await
            .map(Into::into)
    }

    /// Asks with bytes and answers the whole message.
    pub async fn request_raw(
        &self,
        subject: Subject,
        payload: Bytes,
        within: Duration,
    ) -> Result<Message, Error> {
        if !self.pulse.is_live() {
            return Err(Error::Down);
        }
        let request = async_nats::Request::new()
            .payload(payload)
            .headers(Headers::default().into_map())
            .timeout(None);
        let answer = self.client.send_request(subject.as_str().to_owned(), request);
        let answer = time::timeout(within, answer).await.map_err(|_| Error::Timeout)?;
        answer.map(Message::from).map_err(|error| match error.kind() {
            RequestErrorKind::TimedOut => Error::Timeout,
            RequestErrorKind::NoResponders => Error::NoResponders,
            RequestErrorKind::MaxPayloadExceeded => Error::TooLarge,
            _ => Error::Broker(error.into()),
        })
    }

    /// A place for answers to [`Bus::call`], for as long as somebody reads it.
    pub async fn inbox(&self) -> Result<(Inbox, Subscription), Error> {
        let inbox = Inbox(self.client.new_inbox());
        let subscribe = self.client.subscribe(inbox.0.clone());
        let subscriber = time::timeout(PUBLISH_WITHIN, subscribe)
            .await
            .map_err(|_| Error::Down)?
            .map_err(|error| Error::Broker(error.into()))?;
        Ok((inbox, Subscription(subscriber)))
    }

    /// Asks everybody who listens; whoever has something to say answers into `inbox`. Fails at once while the
    /// broker is down.
    pub async fn call<Q: Serialize + Sync>(
        &self,
        subject: Subject,
        inbox: &Inbox,
        question: &Q,
    ) -> Result<(), Error> {
        if !self.pulse.is_live() {
            return Err(Error::Down);
        }
        let payload = serde_json::to_vec(question).map_err(Error::Malformed)?;
        let call =
            self.client
                .publish_with_reply(subject.as_str().to_owned(), inbox.0.clone(), payload.into());
        time::timeout(PUBLISH_WITHIN, call)
            .await
            .map_err(|_| Error::Down)?
            .map_err(|error| Error::Broker(error.into()))
    }

    /// Answers a question that came to everybody.
    pub async fn reply<R: Serialize + Sync>(&self, question: &Message, answer: &R) -> Result<(), Error> {
        let Some(inbox) = question.reply.clone() else {
            return Ok(());
        };
        let payload = serde_json::to_vec(answer).map_err(Error::Malformed)?;
        time::timeout(PUBLISH_WITHIN, self.client.publish(inbox, payload.into()))
            .await
            .map_err(|_| Error::Down)?
            .map_err(|error| Error::Broker(error.into()))
    }

    /// Listens. The subscription is on its way to the broker before any later question of this handle.
    pub async fn subscribe(&self, pattern: Pattern) -> Result<Subscription, Error> {
        let subscribe = self.client.subscribe(pattern.as_str().to_owned());
        let subscriber = time::timeout(PUBLISH_WITHIN, subscribe)
            .await
            .map_err(|_| Error::Down)?;
        subscriber
            .map(Subscription)
            .map_err(|error| Error::Broker(error.into()))
    }

    pub fn status(&self) -> watch::Receiver<Status> {
        self.pulse.status()
    }
}

/// Where answers to [`Bus::call`] go.
#[derive(Debug, Clone)]
pub struct Inbox(String);

/// Messages as they arrive; ends its interest when dropped.
pub struct Subscription(pub(crate) async_nats::Subscriber);

impl Stream for Subscription {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        self.0
            .poll_next_unpin(context)
            .map(|message| message.map(Message::from))
    }
}
