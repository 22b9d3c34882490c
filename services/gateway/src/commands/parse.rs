//! From a client's text frame to something that may be acted on.

use std::collections::HashMap;

use protocol::{
    ConversationId, Emoji, Epoch, ErrorCode, Position, Seq, UserId,
    error::{Refusal, Role},
    frame::{ClientFrame, ClientVersion, ErrorFrame, Hello, Ref, Resume},
    ids::DeviceId,
    internal::{Action, Change},
    limits,
    marks::Marks,
    parse,
};
use serde_json::value::RawValue;

/// A frame whose fields were all checked.
#[derive(Debug)]
pub enum Command {
    Hello(Greeting),
    Change {
        r#ref: Ref,
        change: Change,
        traceparent: Option<String>,
    },
    Mark {
        r#ref: Option<Ref>,
        conversation: ConversationId,
        marks: Marks,
    },
    Sync {
        r#ref: Ref,
        conversation: ConversationId,
        after: Position,
    },
    Typing {
        conversation: ConversationId,
    },
    Auth {
        r#ref: Ref,
        token: String,
    },
    /// Each person once, at most [`limits::WATCHED`].
    Watch {
        r#ref: Ref,
        users: Vec<UserId>,
    },
    Pong,
}

impl Command {
    /// Whether it counts against the rate of messages, and not of other commands.
    pub fn is_message(&self) -> bool {
        matches!(
            self,
            Self::Change {
                change: Change {
                    action: Action::Send { .. },
                    ..
                },
                ..
            }
        )
    }

    pub fn r#ref(&self) -> Option<Ref> {
        match self {
            Self::Change { r#ref, .. }
            | Self::Sync { r#ref, .. }
            | Self::Watch { r#ref, .. }
            | Self::Auth { r#ref, .. } => Some(*r#ref),
            Self::Mark { r#ref, .. } => *r#ref,
            Self::Hello(_) | Self::Typing { .. } | Self::Pong => None,
        }
    }
}

/// A checked `hello`.
#[derive(Debug)]
pub struct Greeting {
    pub device: DeviceId,
    /// The client's name and version, for logs.
    pub client: String,
    pub resume: Option<Resumed>,
}

/// Where a device that comes back stands.
#[derive(Debug)]
pub struct Resumed {
    pub epoch: Epoch,
    /// By peer.
    pub positions: HashMap<UserId, Position>,
    /// Conversations of others, which are not found.
    pub foreign: Vec<ConversationId>,
}

/// A frame that was not understood, and what the client is told.
#[derive(Debug)]
pub struct Refused(pub Box<ErrorFrame>);

impl Refused {
    pub fn is_bad_frame(&self) -> bool {
        self.0.code == ErrorCode::BadFrame
    }
}

/// Reads a frame of `me` in `role`.
pub fn parse(text: &str, me: UserId, role: Role) -> Result<Command, Refused> {
    let frame: ClientFrame = serde_json::from_str(text).map_err(|_| unreadable(text))?;
    let (r#ref, id) = (reference(&frame), conversation_of(&frame).map(ToOwned::to_owned));
    command(frame, me, role).map_err(|refusal| {
        let conversation = id.and_then(|id| parse::conversation(&id, me, role).ok());
        Refused(Box::new(ErrorFrame {
            r#ref,
            conversation_id: conversation,
            ..ErrorFrame::new(refusal)
        }))
    })
}

/// What is wrong with a text that is no frame. A string with half of a surrogate pair is JSON to its
/// syntax and no text: its field is named. The `ref` is kept, so that the sender knows which one it was.
fn unreadable(text: &str) -> Refused {
    let fields: HashMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let r#ref = fields.get("ref").and_then(|raw| raw.get().parse().ok());
    let not_text = fields
        .iter()
        .find(|(_, raw)| raw.get().starts_with('"') && serde_json::from_str::<String>(raw.get()).is_err());
    let refusal = match not_text {
        Some((field, _)) => Refusal::field(ErrorCode::InvalidField, field),
        None => ErrorCode::BadFrame.into(),
    };
    Refused(Box::new(ErrorFrame {
        r#ref,
        ..ErrorFrame::new(refusal)
    }))
}

fn command(frame: ClientFrame, me: UserId, role: Role) -> Result<Command, Refusal> {
    let r#ref = reference(&frame);
    match frame {
        ClientFrame::Hello(hello) => greeting(hello, me, role).map(Command::Hello),
        ClientFrame::Send(send) => Ok(Command::Change {
            r#ref: send.r#ref,
            change: parse::send(&send.body, me, role)?,
            traceparent: send.body.traceparent,
        }),
        ClientFrame::Edit {
            r#ref,
            conversation_id,
            seq,
            text,
            if_position,
        } => change(
            r#ref,
            &conversation_id,
            edit(seq, &text, if_position)?,
            (me, role),
        ),
        ClientFrame::Delete {
            r#ref,
            conversation_id,
            seq,
        } => change(r#ref, &conversation_id, Action::Delete { seq }, (me, role)),
        ClientFrame::Sync {
            r#ref,
            conversation_id,
            after,
        } => {
            let conversation = parse::conversation(&conversation_id, me, role)?;
            Ok(Command::Sync {
                r#ref,
                conversation,
                after,
            })
        }
        ClientFrame::Auth { r#ref, token } => Ok(Command::Auth { r#ref, token }),
        ClientFrame::Pong => Ok(Command::Pong),
        ClientFrame::React {
            r#ref,
            conversation_id,
            seq,
            emoji,
            on,
        } => {
            let emoji = Emoji::parse(&emoji)?;
            let action = Action::React { seq, emoji, on };
            change(r#ref, &conversation_id, action, (me, role))
        }
        ClientFrame::Delivered {
            conversation_id, seq, ..
        } => mark(r#ref, &conversation_id, Marks::new(seq, 0), (me, role)),
        ClientFrame::Read {
            conversation_id, seq, ..
        } => mark(r#ref, &conversation_id, Marks::new(seq, seq), (me, role)),
        ClientFrame::Typing { conversation_id } => typing(&conversation_id, (me, role)),
        ClientFrame::Watch { r#ref, user_ids } => watch(r#ref, &user_ids),
    }
}

fn change(
    r#ref: Ref,
    conversation: &str,
    action: Action,
    (actor, role): (UserId, Role),
) -> Result<Command, Refusal> {
    let conversation = parse::conversation(conversation, actor, role)?;
    let change = Change {
        actor,
        role,
        conversation,
        action,
        since: None,
    };
    Ok(Command::Change {
        r#ref,
        change,
        traceparent: None,
    })
}

fn edit(seq: Seq, text: &str, if_position: Option<Position>) -> Result<Action, Refusal> {
    Ok(Action::Edit {
        seq,
        text: parse::text(text)?,
        if_position,
    })
}

fn typing(conversation: &str, (me, role): (UserId, Role)) -> Result<Command, Refusal> {
    let conversation = parse::conversation(conversation, me, role)?;
    Ok(Command::Typing { conversation })
}

fn watch(r#ref: Ref, ids: &[String]) -> Result<Command, Refusal> {
    if ids.len() > limits::WATCHED {
        return Err(Refusal::field(ErrorCode::InvalidField, "userIds"));
    }
    let mut users = Vec::with_capacity(ids.len());
    for id in ids {
        let user = parse::id(id, "userIds")?;
        if !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(Command::Watch { r#ref, users })
}

fn mark(
    r#ref: Option<Ref>,
    conversation: &str,
    marks: Marks,
    (me, role): (UserId, Role),
) -> Result<Command, Refusal> {
    Ok(Command::Mark {
        r#ref,
        conversation: parse::conversation(conversation, me, role)?,
        marks,
    })
}

fn greeting(hello: Hello, me: UserId, role: Role) -> Result<Greeting, Refusal> {
    let device = parse::id(&hello.device, "device")?;
    let client = hello.client.map(|client| named(&client)).unwrap_or_default();
    let resume = hello
        .resume
        .map(|resume| resumed(&resume, me, role))
        .transpose()?;
    Ok(Greeting {
        device,
        client,
        resume,
    })
}

/// At most 64 printable characters.
fn named(client: &ClientVersion) -> String {
    let name = format!("{} {}", client.name, client.version);
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn resumed(resume: &Resume, me: UserId, role: Role) -> Result<Resumed, Refusal> {
    let field = || Refusal::field(ErrorCode::InvalidField, "resume.positions");
    if resume.positions.len() > limits::RESUME_POSITIONS {
        return Err(field());
    }
    let epoch = parse::id(&resume.epoch, "resume.epoch")?;
    let (mut positions, mut foreign) = (HashMap::with_capacity(resume.positions.len()), Vec::new());
    for (id, position) in &resume.positions {
        let written: ConversationId = id.parse().map_err(|_| field())?;
        match written.seen_by(me, role) {
            Some(conversation) => {
                positions.insert(conversation.peer_of(me), *position);
            }
            None => foreign.push(written),
        }
    }
    Ok(Resumed {
        epoch,
        positions,
        foreign,
    })
}

fn reference(frame: &ClientFrame) -> Option<Ref> {
    match frame {
        ClientFrame::Send(send) => Some(send.r#ref),
        ClientFrame::Edit { r#ref, .. }
        | ClientFrame::Delete { r#ref, .. }
        | ClientFrame::React { r#ref, .. }
        | ClientFrame::Watch { r#ref, .. }
        | ClientFrame::Sync { r#ref, .. }
        | ClientFrame::Auth { r#ref, .. } => Some(*r#ref),
        ClientFrame::Delivered { r#ref, .. } | ClientFrame::Read { r#ref, .. } => *r#ref,
        ClientFrame::Hello(_) | ClientFrame::Typing { .. } | ClientFrame::Pong => None,
    }
}

fn conversation_of(frame: &ClientFrame) -> Option<&str> {
    match frame {
        ClientFrame::Send(send) => Some(&send.body.conversation_id),
        ClientFrame::Edit { conversation_id, .. }
        | ClientFrame::Delete { conversation_id, .. }
        | ClientFrame::React { conversation_id, .. }
        | ClientFrame::Delivered { conversation_id, .. }
        | ClientFrame::Read { conversation_id, .. }
        | ClientFrame::Typing { conversation_id }
        | ClientFrame::Sync { conversation_id, .. } => Some(conversation_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "00000000-0000-0000-0000-000000000001";
    const PEER: &str = "00000000-0000-0000-0000-000000000002";

    fn refused(text: &str) -> ErrorFrame {
        let refused = parse(text, ME.parse().unwrap(), Role::Trainer).unwrap_err();
        *refused.0
    }

    #[test]
    fn what_is_no_frame_is_bad_frame_with_its_ref() {
        for text in [
            "",
            "[]",
            "nonsense",
            r#"{"type":"dance"}"#,
            r#"{"type":"send","ref":"7"}"#,
            r#"{"type":"pong"}{"type":"pong"}"#,
        ] {
            assert_eq!(refused(text).code, ErrorCode::BadFrame, "{text}");
        }
        assert_eq!(refused(r#"{"type":"dance","ref":7}"#).r#ref, Some(7));
    }

    #[test]
    fn ten_thousand_levels_of_json_are_a_bad_frame_and_no_panic() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));

        assert_eq!(refused(&deep).code, ErrorCode::BadFrame);
    }

    #[test]
    fn half_of_a_surrogate_pair_is_no_text() {
        let text = r#"{"type":"send","ref":4,"conversationId":"x","id":"y","text":"\ud800"}"#;

        let refused = refused(text);

        assert_eq!(
            (refused.code, refused.field.as_deref()),
            (ErrorCode::InvalidField, Some("text"))
        );
        assert_eq!(refused.r#ref, Some(4));
    }

    #[test]
    fn a_malformed_id_names_its_field() {
        let conversation = format!("conversation:{ME}:{PEER}");
        let cases = [
            (
                r#"{"type":"sync","ref":1,"conversationId":"x","after":0}"#.to_owned(),
                "conversationId",
            ),
            (
                format!(
                    r#"{{"type":"send","ref":1,"conversationId":"{conversation}","id":"{PEER}","text":"hi"}}"#
                ),
                "id",
            ),
            (
                format!(
                    r#"{{"type":"edit","ref":1,"conversationId":"{conversation}","seq":1,"text":"a\u0000"}}"#
                ),
                "text",
            ),
            (r#"{"type":"hello","device":"tab"}"#.to_owned(), "device"),
        ];
        for (text, field) in cases {
            let refused = refused(&text);
            assert_eq!(
                (refused.code, refused.field.as_deref()),
                (ErrorCode::InvalidField, Some(field))
            );
        }
    }

    #[test]
    fn a_conversation_of_others_is_not_found_and_not_repeated() {
        let text =
            format!(r#"{{"type":"delete","ref":3,"conversationId":"conversation:{PEER}:{PEER}","seq":1}}"#);

        let refused = refused(&text);

        assert_eq!((refused.code, refused.r#ref), (ErrorCode::NotFound, Some(3)));
        assert_eq!(refused.conversation_id, None);
    }

    #[test]
    fn what_a_client_may_not_set_is_never_read() {
        let id = protocol::MessageId::generate();
        let text = format!(
            r#"{{"type":"send","ref":1,"conversationId":"conversation:{PEER}:{ME}","id":"{id}","text":"hi",
                 "senderId":"{PEER}","seq":9,"role":"User"}}"#
        );

        let Ok(Command::Change { change, .. }) = parse(&text, ME.parse().unwrap(), Role::Trainer) else {
            panic!("the frame is refused");
        };

        assert_eq!(change.actor.to_string(), ME);
        assert_eq!(
            change.conversation.to_string(),
            format!("conversation:{ME}:{PEER}")
        );
    }
}
