//! What a person does with a device: writes, edits, deletes, reacts, reads.

use protocol::{ConversationId, MessageId, Seq, UserId, frame::SendBody, marks::Marks};

use super::{Change, Device, run::Command, state::Event};

/// Changes that may wait in the outbox; a person who writes faster waits.
const OUTBOX: usize = 1_000;

impl Device {
    /// Writes in the conversation of this device.
    pub async fn send_text(&mut self, text: &str) -> MessageId {
        let conversation = self.own_conversation();
        self.send_to(conversation, text).await
    }

    /// Writes in any conversation.
    pub async fn send_to(&mut self, conversation: ConversationId, text: &str) -> MessageId {
        let id = MessageId::generate();
        let body = body(conversation, id, text);
        self.change(conversation, id, Change::Send(body)).await;
        id
    }

    /// Edits a message; the answer is named by the id that comes back.
    pub async fn edit(&mut self, seq: Seq, text: &str) -> MessageId {
        let (conversation, key) = (self.own_conversation(), MessageId::generate());
        let text = text.to_owned();
        let change = Change::Edit {
            seq,
            text,
            if_position: None,
        };
        self.change(conversation, key, change).await;
        key
    }

    /// Deletes a message; the answer is named by the id that comes back.
    pub async fn delete(&mut self, seq: Seq) -> MessageId {
        let (conversation, key) = (self.own_conversation(), MessageId::generate());
        self.change(conversation, key, Change::Delete { seq }).await;
        key
    }

    /// Puts a reaction on a message, or takes it off; the answer is named by the id that comes back.
    pub async fn react(&mut self, seq: Seq, emoji: &str, on: bool) -> MessageId {
        let (conversation, key) = (self.own_conversation(), MessageId::generate());
        let emoji = emoji.to_owned();
        self.change(conversation, key, Change::React { seq, emoji, on })
            .await;
        key
    }

    /// Writes an answer to a message.
    pub async fn reply(&mut self, to: Seq, text: &str) -> MessageId {
        let (conversation, id) = (self.own_conversation(), MessageId::generate());
        let body = SendBody {
            reply_to: Some(to),
            ..body(conversation, id, text)
        };
        self.change(conversation, id, Change::Send(body)).await;
        id
    }

    /// The person has read up to here.
    pub async fn read(&self, seq: Seq) {
        self.mark(Marks::new(seq, seq)).await;
    }

    /// The device has received up to here.
    pub async fn delivered(&self, seq: Seq) {
        self.mark(Marks::new(seq, 0)).await;
    }

    /// The person is writing.
    pub async fn typing(&self) {
        let conversation = self.own_conversation();
        self.tell(Command::Happened(Event::Typing(conversation))).await;
    }

    /// The person looks at these people, and at nobody else.
    pub async fn watch(&self, users: &[UserId]) {
        self.tell(Command::Happened(Event::Watch(users.to_vec()))).await;
    }

    async fn mark(&self, marks: Marks) {
        let conversation = self.own_conversation();
        self.tell(Command::Happened(Event::Mark { conversation, marks }))
            .await;
    }

    async fn change(&mut self, conversation: ConversationId, key: MessageId, change: Change) {
        self.wait("room in the outbox", |state| state.outbox().len() < OUTBOX)
            .await;
        self.last_sent = Some(key);
        self.tell(Command::Happened(Event::Change {
            conversation,
            key,
            change,
        }))
        .await;
    }
}

fn body(conversation: ConversationId, id: MessageId, text: &str) -> SendBody {
    SendBody {
        conversation_id: conversation.to_string(),
        id: id.to_string(),
        text: Some(text.to_owned()),
        attachments: None,
        reply_to: None,
        traceparent: None,
    }
}
