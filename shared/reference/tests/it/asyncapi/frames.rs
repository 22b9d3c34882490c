//! What each frame is for, in the order people meet them.

/// A frame in words, and the frames that may answer it.
pub struct Described {
    pub kind: &'static str,
    pub says: &'static str,
    pub answers: &'static [&'static str],
}

const fn frame(kind: &'static str, answers: &'static [&'static str], says: &'static str) -> Described {
    Described { kind, says, answers }
}

pub const CLIENT: &[Described] = &[
    frame(
        "hello",
        &["welcome", "error"],
        "The first frame, within 5 s. `device` names this client instance: a new socket of a device replaces its \
         older one. `resume` says where the device stands, at most 500 conversations.",
    ),
    frame(
        "send",
        &["ack", "error"],
        "A message. `id` is a UUIDv7 the device made: the message's id and its idempotency key. The answer leaves \
         only after the database committed.",
    ),
    frame(
        "edit",
        &["ack", "error"],
        "Changes the text of one's own message, within 24 h. With `ifPosition`, a row that has changed since answers \
         `edit_conflict`.",
    ),
    frame(
        "delete",
        &["ack", "error"],
        "Deletes one's own message: a row without content stays in its place.",
    ),
    frame("react", &["ack", "error"], "Adds or takes away one's reaction."),
    frame(
        "delivered",
        &["ack", "error"],
        "Everything up to and including `seq` has reached this device.",
    ),
    frame(
        "read",
        &["ack", "error"],
        "Everything up to and including `seq` was read; raises delivered too.",
    ),
    frame("typing", &[], "One is typing; at most every 3 s."),
    frame(
        "watch",
        &["presence", "error"],
        "Whose presence to tell: at most 50 peers of own conversations; replaces the last list.",
    ),
    frame(
        "sync",
        &["sync", "error"],
        "Asks for what follows `after`: a device that sees a hole sends this.",
    ),
    frame(
        "auth",
        &["authOk", "error"],
        "A fresh token for the running socket: the same person and role, else the socket closes 4401.",
    ),
    frame("pong", &[], "The answer to `ping`."),
];

pub const SERVER: &[Described] = &[
    frame(
        "welcome",
        &[],
        "The answer to `hello`: who one is, how to behave, and the 50 most recently active conversations.",
    ),
    frame(
        "ack",
        &[],
        "The change is committed. For a `send` the same for ever for the same `id`, but for `duplicate`.",
    ),
    frame(
        "message",
        &[],
        "The whole current row after a send, edit, delete or reaction, to every device of both people, in order of \
         `position`.",
    ),
    frame(
        "sync",
        &[],
        "One page of changed rows: `from < position ≤ to`. Answers `sync` and `resume`, and repairs a hole the \
         gateway found. With `reset`: drop the copy, load the newest page from history; `to` is the new base.",
    ),
    frame(
        "synced",
        &[],
        "Everything `hello` asked for has been said; within 10 s, whatever failed.",
    ),
    frame(
        "conversation",
        &[],
        "A conversation's line: before the first live frame of one this socket was not told of, and when something \
         changed that no other frame tells.",
    ),
    frame(
        "receipt",
        &[],
        "Marks of one person; to all devices of both. `unread` is of `userId`.",
    ),
    frame(
        "typing",
        &[],
        "The other person is typing; the receiver lets it expire.",
    ),
    frame("presence", &[], "Whether a watched person is online."),
    frame(
        "status",
        &[],
        "`live: false` while the gateway cannot reach the broker: send and poll over HTTP meanwhile.",
    ),
    frame(
        "ping",
        &[],
        "Answer `pong`. Nothing for `intervalMs + graceMs` means: reconnect.",
    ),
    frame("authExpiring", &[], "The token ends in `inMs`: send `auth`."),
    frame("authOk", &[], "The fresh token holds until `expiresAt`."),
    frame(
        "reconnect",
        &[],
        "The server is going away: open the next socket after `afterMs`, then close this one.",
    ),
    frame(
        "access",
        &[],
        "Whether `userId` may send in a conversation has changed.",
    ),
    frame(
        "error",
        &[],
        "A frame was refused, or a conversation's catch-up failed. `field` names what was wrong, `retryAfterMs` when \
         to try again.",
    ),
];
