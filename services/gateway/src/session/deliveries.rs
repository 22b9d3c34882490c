//! What the rest of the gateway tells the session.

use std::time::Instant;

use axum::{Error, extract::ws::Message};
use futures_util::{Sink, Stream};
use protocol::{CloseCode, internal::Head, marks::Marked};

use super::{
    End, Session,
    sendqueue::{Delivery, Taken},
};

/// Deliveries written before the next flush.
const BATCH: usize = 64;

impl<S> Session<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin,
{
    /// Takes what waits, up to a batch, so that one flush carries many.
    pub(super) async fn on_taken(&mut self, first: Taken) -> Result<(), End> {
        let mut next = Some(first);
        for _ in 0..BATCH {
            match next {
                None => break,
                Some(Taken::End(code)) => return Err(code.into()),
                Some(Taken::Delivery(delivery)) => self.on_delivery(delivery).await?,
            }
            self.take_steps().await?;
            next = self.socket.queue.try_take();
        }
        match next {
            Some(Taken::End(code)) => Err(code.into()),
            Some(Taken::Delivery(delivery)) => self.on_delivery(delivery).await,
            None => Ok(()),
        }
    }

    /// Marks that this person is not shown are only noted: an entry that came for them would tell.
    fn on_heads(&mut self, heads: &[Head], now: Instant) {
        for &Head(peer, _, _, marked) in heads {
            if self.gateway.settings.hide_receipts([self.me.user, peer]) {
                let told = Marked { mine: 0, ..marked };
                self.positions.on_hidden_receipt(peer, told);
            }
        }
        self.positions.on_heads(heads, now);
    }

    async fn on_delivery(&mut self, delivery: Delivery) -> Result<(), End> {
        let now = Instant::now();
        match delivery {
            Delivery::Event { peer, event } => self.positions.on_event(peer, event, now),
            Delivery::Head { peer, position } => self.positions.on_head(peer, position, now),
            Delivery::Heads(heads) => self.on_heads(&heads, now),
            Delivery::Access {
                peer,
                version,
                open,
                frame,
            } => {
                if self.positions.on_access(peer, version, now) {
                    if let Some(open) = open {
                        self.positions.set_open(peer, open);
                    }
                    self.wire.write(frame, &self.socket.queue).await?;
                }
            }
            Delivery::Receipt {
                peer,
                told,
                frame: Some(frame),
            } => {
                if self.positions.on_receipt(peer, told, now) {
                    self.wire.write(frame, &self.socket.queue).await?;
                }
            }
            Delivery::Receipt { peer, told, .. } => self.positions.on_hidden_receipt(peer, told),
            Delivery::Presence => self.on_presence().await?,
            Delivery::Typing { peer, frame } => {
                if self.positions.on_typing(peer, now) {
                    self.wire.write(frame, &self.socket.queue).await?;
                }
            }
            Delivery::Frame(frame) => self.wire.write(frame, &self.socket.queue).await?,
            Delivery::Revoked => {
                if self.gateway.revocations.is_revoked(&self.me) {
                    return Err(CloseCode::Revoked.into());
                }
            }
        }
        Ok(())
    }
}
