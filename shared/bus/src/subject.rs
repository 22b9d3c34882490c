//! Subjects, built from parsed ids only: nothing a person typed can become a wildcard.

use std::{borrow::Cow, fmt};

use protocol::{ConversationId, UserId, error::Role};
use uuid::Uuid;

/// Where a message goes: never holds a wildcard.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject(Cow<'static, str>);

/// What happened in a conversation: the second token of `chat.<kind>.<trainerId>.<clientId>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatKind {
    /// The final bytes of a `message` frame.
    Event,
    /// A position without a body: a doorbell for a message whose event may have been lost.
    Head,
    /// The final bytes of a `receipt` frame.
    Receipt,
    /// The final bytes of an `access` frame.
    Access,
    Typing,
}

impl ChatKind {
    fn token(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Head => "head",
            Self::Receipt => "receipt",
            Self::Access => "access",
            Self::Typing => "typing",
        }
    }

    /// The subjects of a kind, with names in place of ids.
    pub fn template(self) -> &'static str {
        match self {
            Self::Event => "chat.event.{trainerId}.{clientId}",
            Self::Head => "chat.head.{trainerId}.{clientId}",
            Self::Receipt => "chat.receipt.{trainerId}.{clientId}",
            Self::Access => "chat.access.{trainerId}.{clientId}",
            Self::Typing => "chat.typing.{trainerId}.{clientId}",
        }
    }

    fn parse(token: &str) -> Option<Self> {
        [Self::Event, Self::Head, Self::Receipt, Self::Access, Self::Typing]
            .into_iter()
            .find(|kind| kind.token() == token)
    }
}

impl Subject {
    pub const HISTORY_APPEND: Self = Self(Cow::Borrowed("history.append"));
    pub const HISTORY_CHANGE: Self = Self(Cow::Borrowed("history.change"));
    pub const HISTORY_MARK: Self = Self(Cow::Borrowed("history.mark"));
    pub const HISTORY_OPEN: Self = Self(Cow::Borrowed("history.open"));
    pub const HISTORY_SYNC: Self = Self(Cow::Borrowed("history.sync"));
    pub const HISTORY_HEADS: Self = Self(Cow::Borrowed("history.heads"));
    pub const HISTORY_ENTRIES: Self = Self(Cow::Borrowed("history.entries"));
    pub const HISTORY_CONTACTS: Self = Self(Cow::Borrowed("history.contacts"));
    /// Rings when `history.contacts` has more.
    pub const HISTORY_CONTACTED: Self = Self(Cow::Borrowed("history.contacted"));
    /// Deleted messages that carried files, numbered.
    pub const HISTORY_RELEASES: Self = Self(Cow::Borrowed("history.releases"));
    /// Rings when `history.releases` has more.
    pub const HISTORY_RELEASED: Self = Self(Cow::Borrowed("history.released"));
    /// Which messages carry a file.
    pub const HISTORY_FILES: Self = Self(Cow::Borrowed("history.files"));
    /// A person's own messages and marks, page by page.
    pub const HISTORY_EXPORT: Self = Self(Cow::Borrowed("history.export"));
    /// Is anything of an erased person left in the log?
    pub const HISTORY_ERASED: Self = Self(Cow::Borrowed("history.erased"));
    pub const ROSTER_RELATION: Self = Self(Cow::Borrowed("roster.relation"));
    pub const ROSTER_CHANGES: Self = Self(Cow::Borrowed("roster.changes"));
    /// The erasures among `roster.changes`, by the same numbers.
    pub const ROSTER_ERASURES: Self = Self(Cow::Borrowed("roster.erasures"));
    /// The settings among `roster.changes`, by the same numbers; the list itself leaves them out.
    pub const ROSTER_SETTINGS: Self = Self(Cow::Borrowed("roster.settings"));
    /// Who was connected, and when last.
    pub const ROSTER_SEEN: Self = Self(Cow::Borrowed("roster.seen"));
    /// When were these people last connected?
    pub const ROSTER_LAST_SEEN: Self = Self(Cow::Borrowed("roster.last_seen"));
    /// Rings when `roster.changes` has more.
    pub const ROSTER_CHANGED: Self = Self(Cow::Borrowed("roster.changed"));
    /// Which of these people are connected? Every gateway that has some answers.
    pub const ONLINE_WHO: Self = Self(Cow::Borrowed("online.who"));
    /// A person's own files, page by page.
    pub const FILES_EXPORT: Self = Self(Cow::Borrowed("files.export"));
    /// Bytes of an own file.
    pub const FILES_READ: Self = Self(Cow::Borrowed("files.read"));
    /// Is any file of an erased person left?
    pub const FILES_ERASED: Self = Self(Cow::Borrowed("files.erased"));
    pub const FILES_ATTACH: Self = Self(Cow::Borrowed("files.attach"));

    /// `chat.<kind>.<trainerId>.<clientId>`.
    pub fn chat(kind: ChatKind, conversation: ConversationId) -> Self {
        let ConversationId { trainer, client } = conversation;
        Self(Cow::Owned(format!("chat.{}.{trainer}.{client}", kind.token())))
    }

    /// `presence.<userId>`.
    pub fn presence(user: UserId) -> Self {
        Self(Cow::Owned(format!("presence.{user}")))
    }

    pub(crate) fn inbox(prefix: &str, token: Uuid) -> Self {
        Self(Cow::Owned(format!("{prefix}.{}", token.simple())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The subject with names in place of ids. There are few of them, so that spans can be counted by it.
    pub fn template(&self) -> &str {
        let mut tokens = self.0.split('.');
        match (tokens.next(), tokens.next()) {
            (Some("chat"), Some(kind)) => ChatKind::parse(kind).map_or("chat", ChatKind::template),
            (Some("presence"), _) => "presence.{userId}",
            (Some(inbox), _) if inbox.starts_with("_INBOX") => "_INBOX",
            _ => &self.0,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a `chat.…` subject back; `None` for any other.
pub fn parse_chat(subject: &str) -> Option<(ChatKind, ConversationId)> {
    let mut tokens = subject.strip_prefix("chat.")?.split('.');
    let kind = ChatKind::parse(tokens.next()?)?;
    let trainer: UserId = tokens.next()?.parse().ok()?;
    let client: UserId = tokens.next()?.parse().ok()?;
    tokens
        .next()
        .is_none()
        .then_some((kind, ConversationId::new(trainer, client)))
}

/// Reads a `presence.…` subject back; `None` for any other.
pub fn parse_presence(subject: &str) -> Option<UserId> {
    subject.strip_prefix("presence.")?.parse().ok()
}

/// What to listen to: may hold wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Cow<'static, str>);

impl Pattern {
    /// Everything in one person's conversations; `None` for a role without conversations.
    pub fn person(user: UserId, role: Role) -> Option<Self> {
        match role {
            Role::Trainer => Some(Self(Cow::Owned(format!("chat.*.{user}.*")))),
            Role::User => Some(Self(Cow::Owned(format!("chat.*.*.{user}")))),
            Role::Platform => None,
        }
    }

    /// Everything in every conversation.
    pub fn every_conversation() -> Self {
        Self(Cow::Borrowed("chat.>"))
    }

    /// Everybody who comes or goes.
    pub fn every_presence() -> Self {
        Self(Cow::Borrowed("presence.*"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Subject> for Pattern {
    fn from(subject: Subject) -> Self {
        Self(subject.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_subject_reads_back() {
        let conversation = ConversationId::new(UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));

        for kind in [
            ChatKind::Event,
            ChatKind::Head,
            ChatKind::Receipt,
            ChatKind::Access,
            ChatKind::Typing,
        ] {
            let subject = Subject::chat(kind, conversation);
            assert_eq!(parse_chat(subject.as_str()), Some((kind, conversation)));
            assert_eq!(subject.template(), kind.template());
        }
        let user = UserId(Uuid::from_u128(1));
        assert_eq!(parse_presence(Subject::presence(user).as_str()), Some(user));
        assert_eq!(parse_presence("presence.x"), None);
        assert_eq!(parse_chat("chat.event.x.y"), None);
        assert_eq!(parse_chat("roster.changed"), None);
    }

    #[test]
    fn a_template_holds_no_id() {
        let presence = Subject::presence(UserId(Uuid::from_u128(1)));
        let inbox = Subject::inbox("_INBOX_gateway", Uuid::from_u128(2));

        assert_eq!(presence.template(), "presence.{userId}");
        assert_eq!(inbox.template(), "_INBOX");
        assert_eq!(Subject::HISTORY_APPEND.template(), "history.append");
    }

    #[test]
    fn a_service_has_no_conversations_to_listen_to() {
        assert_eq!(Pattern::person(UserId(Uuid::nil()), Role::Platform), None);
    }
}
