//! Messages of the model as the code that ships knows them.

use protocol::frame::{SendBody, Sync};
use protocol::{ConversationId, Message, MessageId, Position};
use uuid::Uuid;

use super::{Name, PEOPLE};

pub(super) fn page(from: Position, to: Position, messages: Vec<Message>) -> Sync {
    Sync {
        r#ref: None,
        conversation_id: conversation(),
        from,
        to,
        messages,
        more: false,
        reset: None,
    }
}

pub(super) fn body(name: Name) -> SendBody {
    SendBody {
        conversation_id: conversation().to_string(),
        id: id(name).to_string(),
        text: None,
        attachments: None,
        reply_to: None,
        traceparent: None,
    }
}

pub(super) fn conversation() -> ConversationId {
    ConversationId::new(PEOPLE[0], PEOPLE[1])
}

/// A UUID of version 7 that carries the name.
pub(super) fn id(name: Name) -> MessageId {
    let name = u128::from(name.0) << 16 | u128::from(name.1);
    let id = Uuid::from_u128(0x7000_8000_0000_0000_0000 | name);
    MessageId::parse(id).expect("an id of version 7")
}

pub(super) fn name_of(id: MessageId) -> Name {
    let bytes = id.uuid().into_bytes();
    (bytes[13], u16::from_be_bytes([bytes[14], bytes[15]]))
}
