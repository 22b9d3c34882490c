//! Messages of a JetStream stream, each delivered again until it is settled: a way in for others, who
//! own the stream and say how long it keeps what they told.
//!
//! One message is asked for at a time: a replica that dies leaves one behind, and none waits in a buffer
//! while its deliveries are counted. Whoever needs more at once runs more replicas.

use std::time::Duration;

use async_nats::jetstream::{
    AckKind, Context,
    consumer::{AckPolicy, Consumer, pull},
    context::ContextBuilder,
    message::Message as Delivery,
};
use boot::Lifecycle;
use bytes::Bytes;
use futures_util::StreamExt;
use rand::Rng;
use time::OffsetDateTime;
use tokio::time as clock;
use tracing::{Instrument, debug, info_span, warn};

use crate::{Bus, Error, Headers};

/// Without a sign of life for this long a message is delivered again, to whoever asks.
const SILENCE: Duration = Duration::from_secs(15);
const SIGN_OF_LIFE: Duration = Duration::from_secs(4);
/// Whoever takes a message settles it long before. One that ends whoever takes it, or that the client cannot
/// read (a subject that is not UTF-8 costs the connection), is left alone by the broker after this many.
const MOST_DELIVERIES: i64 = 200;
/// The longest the broker is waited for, except for a message.
const WITHIN: Duration = Duration::from_secs(3);
/// How long one question for a message stands.
const ASK_FOR: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(2);

/// The broker's memory of what has been settled; replicas with the same one share the messages.
#[derive(Debug, Clone)]
pub struct Durable {
    /// Of whoever publishes; need not be there yet.
    pub stream: String,
    pub name: &'static str,
    /// Which of the stream's subjects.
    pub subjects: &'static [&'static str],
    /// The most that are delivered and not settled, those put off included.
    pub unsettled: u16,
}

/// A message that the broker keeps until it is settled.
#[derive(Debug, Clone)]
pub struct Kept {
    pub subject: String,
    pub payload: Bytes,
    /// Its place in the stream.
    pub sequence: u64,
    /// When the broker took it.
    pub published: OffsetDateTime,
    /// How often it was delivered, from 1.
    pub deliveries: u64,
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It is never delivered again.
    Done,
    /// It is delivered again, not before this long.
    Again(Duration),
}

impl Bus {
    /// Hands each message of `durable` to `handler`, one after the other, until the soft stop; the one in
    /// work is finished first. A message may be handed over more than once.
    pub fn take<F, Fut>(&self, durable: Durable, life: &Lifecycle, mut handler: F)
    where
        F: FnMut(Kept) -> Fut + Send + 'static,
        Fut: Future<Output = Settle> + Send,
    {
        let taker = Taker {
            context: ContextBuilder::new()
                .timeout(WITHIN)
                .build(async_nats::Client::clone(&self.client)),
            bus: self.clone(),
            life: life.clone(),
            durable,
        };
        life.tasks.spawn(taker.durable.name, async move {
            let mut is_told = false;
            while !taker.life.soft.is_cancelled() {
                let Err(error) = taker.serve(&mut handler, &mut is_told).await else {
                    return;
                };
                taker.report(&error, std::mem::replace(&mut is_told, true));
                let pause = RETRY.mul_f64(rand::rng().random_range(0.75..1.25));
                taker.life.soft.run_until_cancelled(clock::sleep(pause)).await;
            }
        });
    }
}

struct Taker {
    bus: Bus,
    context: Context,
    durable: Durable,
    life: Lifecycle,
}

impl Taker {
    /// Returns when the service stops.
    async fn serve<F, Fut>(&self, handler: &mut F, is_told: &mut bool) -> Result<(), Error>
    where
        F: FnMut(Kept) -> Fut,
        Fut: Future<Output = Settle>,
    {
        let consumer = self.consumer().await?;
        *is_told = false;
        while !self.life.soft.is_cancelled() {
            if let Some(delivery) = self.next(&consumer).await? {
                let _guard = self.life.tasks.drain_guard();
                self.settle(&delivery, handler).await?;
            }
        }
        Ok(())
    }

    /// A stream that is not there yet may stay away for long, and is not complained of for ever.
    fn report(&self, error: &Error, is_told: bool) {
        let (error, durable) = (error as &dyn std::error::Error, self.durable.name);
        if is_told {
            debug!(error, durable, "Still no messages from the stream");
        } else {
            warn!(error, durable, "No messages from the stream");
        }
    }

    /// Makes the broker's memory, or finds it.
    async fn consumer(&self) -> Result<Consumer<pull::Config>, Error> {
        let config = pull::Config {
            durable_name: Some(self.durable.name.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: SILENCE,
            filter_subjects: self.durable.subjects.iter().map(ToString::to_string).collect(),
            max_ack_pending: self.durable.unsettled.into(),
            max_deliver: MOST_DELIVERIES,
            ..pull::Config::default()
        };
        let made = self
            .context
            .create_consumer_on_stream(config, &self.durable.stream);
        made.await.map_err(|error| Error::Broker(error.into()))
    }

    /// The next message; `None` when there is none for now, or the question may have been lost.
    async fn next(&self, consumer: &Consumer<pull::Config>) -> Result<Option<Delivery>, Error> {
        let mut status = self.bus.status();
        status.mark_unchanged();
        let asked = consumer.batch().max_messages(1).expires(ASK_FOR).messages();
        let mut answer = clock::timeout(WITHIN, asked)
            .await
            .map_err(|_| Error::Timeout)?
            .map_err(|error| Error::Broker(error.into()))?;
        tokio::select! {
            () = self.life.soft.cancelled() => Ok(None),
            // A broker that came back has forgotten the question.
            _ = status.changed() => Ok(None),
            delivery = answer.next() => delivery.transpose().map_err(Error::Broker),
        }
    }

    async fn settle<F, Fut>(&self, delivery: &Delivery, handler: &mut F) -> Result<(), Error>
    where
        F: FnMut(Kept) -> Fut,
        Fut: Future<Output = Settle>,
    {
        let span = info_span!(
            "take",
            otel.name = format_args!("process {}", self.durable.stream),
            otel.kind = "consumer",
            messaging.system = "nats",
            messaging.operation.name = "process",
            "messaging.operation.type" = "process",
            messaging.destination.name = self.durable.stream,
            messaging.consumer.group.name = self.durable.name,
        );
        if let Some(parent) = Headers::from_map(delivery.headers.as_ref()).traceparent {
            telemetry::context::set_parent(&span, &parent);
        }
        let work = handler(kept(delivery)?).instrument(span);
        tokio::pin!(work);
        let mut signs = clock::interval(SIGN_OF_LIFE);
        signs.set_missed_tick_behavior(clock::MissedTickBehavior::Delay);
        signs.reset();
        let settled = loop {
            tokio::select! {
                () = self.life.hard.cancelled() => return Ok(()),
                settled = &mut work => break settled,
                // One that is lost costs a second delivery, which changes nothing.
                _ = signs.tick() => drop(clock::timeout(WITHIN, delivery.ack_with(AckKind::Progress)).await),
            }
        };
        let told = match settled {
            // The broker confirms it, so that what is done is not delivered again as a rule.
            Settle::Done => clock::timeout(WITHIN * 2, delivery.double_ack()).await,
            Settle::Again(after) => {
                clock::timeout(WITHIN, delivery.ack_with(AckKind::Nak(Some(after)))).await
            }
        };
        told.map_err(|_| Error::Timeout)?.map_err(Error::Broker)
    }
}

fn kept(delivery: &Delivery) -> Result<Kept, Error> {
    let info = delivery.info().map_err(Error::Broker)?;
    Ok(Kept {
        subject: delivery.subject.to_string(),
        // Not a slice of the connection's read buffer, which it would keep alive.
        payload: Bytes::copy_from_slice(&delivery.payload),
        sequence: info.stream_sequence,
        published: info.published,
        deliveries: info.delivered.max(1).cast_unsigned(),
    })
}
