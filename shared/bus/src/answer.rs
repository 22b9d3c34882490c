//! Answering questions: a queue group, a bound on those in work, a span whose parent is the asker's.

use std::{sync::Arc, time::Duration};

use boot::Lifecycle;
use bytes::Bytes;
use futures_util::StreamExt;
use serde::{Serialize, de::DeserializeOwned};
use telemetry::messaging::{self, Operation};
use tokio::{sync::Semaphore, task::JoinSet, time};
use tracing::{Instrument, warn};

use crate::{Bus, Error, Headers, Message, Subject, Subscription};

/// How long leaving a queue group may take.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

impl Bus {
    /// Answers JSON with JSON. An unreadable question gets no answer: it cannot come from Spotter.
    pub async fn answer<Q, R, F, Fut>(
        &self,
        subject: Subject,
        concurrency: usize,
        life: &Lifecycle,
        handler: F,
    ) -> Result<(), Error>
    where
        Q: DeserializeOwned + Send + 'static,
        R: Serialize + Send + 'static,
        F: Fn(Q) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
    {
        let raw = move |message: Message| {
            let handler = handler.clone();
            async move {
                let question = serde_json::from_slice(&message.payload).map_err(Error::Malformed)?;
                let answer = serde_json::to_vec(&handler(question).await).map_err(Error::Malformed)?;
                Ok((Headers::default(), Bytes::from(answer)))
            }
        };
        self.answer_raw(subject, concurrency, life, raw).await
    }

    /// Answers bytes with headers and bytes, at most `concurrency` questions at once. Each replica that
    /// answers a subject joins the queue group of that name; on soft stop it leaves the group first and
    /// finishes what it has.
    pub async fn answer_raw<F, Fut>(
        &self,
        subject: Subject,
        concurrency: usize,
        life: &Lifecycle,
        handler: F,
    ) -> Result<(), Error>
    where
        F: Fn(Message) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(Headers, Bytes), Error>> + Send + 'static,
    {
        let name = subject.as_str().to_owned();
        let questions = self
            .client
            .queue_subscribe(name.clone(), name)
            .await
            .map_err(|error| Error::Broker(error.into()))?;
        let desk = Desk {
            bus: self.clone(),
            subject,
            permits: Arc::new(Semaphore::new(concurrency)),
        };
        life.tasks
            .spawn("answer", desk.run(Subscription(questions), life.clone(), handler));
        Ok(())
    }
}

/// Serves one subject.
struct Desk {
    bus: Bus,
    subject: Subject,
    permits: Arc<Semaphore>,
}

impl Desk {
    async fn run<F, Fut>(self, mut questions: Subscription, life: Lifecycle, handler: F)
    where
        F: Fn(Message) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<(Headers, Bytes), Error>> + Send + 'static,
    {
        let _drain = life.tasks.drain_guard();
        let mut in_work = JoinSet::new();
        let mut leaving = false;
        loop {
            tokio::select! {
                () = life.hard.cancelled() => return,
                () = life.soft.cancelled(), if !leaving => {
                    leaving = true;
                    // Delivers what the broker has already sent, then ends the stream. A broker that is down
                    // has sent nothing, and would never end it.
                    let drained = questions.0.drain();
                    if !self.bus.status().borrow().live || !matches!(time::timeout(LEAVE_WITHIN, drained).await, Ok(Ok(()))) {
                        break;
                    }
                }
                Some(_) = in_work.join_next() => {}
                question = questions.next() => {
                    let Some(question) = question else { break };
                    let Ok(permit) = self.permits.clone().acquire_owned().await else { return };
                    let work = self.answer_one(question, handler.clone());
                    in_work.spawn(async move {
                        work.await;
                        drop(permit);
                    });
                }
            }
        }
        while in_work.join_next().await.is_some() {}
    }

    fn answer_one<F, Fut>(&self, question: Message, handler: F) -> impl Future<Output = ()> + use<F, Fut>
    where
        F: Fn(Message) -> Fut,
        Fut: Future<Output = Result<(Headers, Bytes), Error>>,
    {
        let subject = self.subject.template();
        let span = messaging::span(Operation::Process, subject);
        span.record("messaging.consumer.group.name", subject);
        if let Some(parent) = &question.headers.traceparent {
            telemetry::context::set_parent(&span, parent);
        }
        let client = self.bus.client.clone();
        async move {
            let reply = question.reply.clone();
            match (handler(question).await, reply) {
                (Ok((headers, payload)), Some(reply)) => {
                    let answer = client.publish_with_headers(reply, headers.into_map(), payload);
                    if let Err(error) = answer.await {
                        warn!(error = %error, "Could not answer");
                    }
                }
                (Ok(_), None) => {}
                (Err(error), _) => warn!(
                    error = &error as &dyn std::error::Error,
                    "Could not read a question"
                ),
            }
        }
        .instrument(span)
    }
}
