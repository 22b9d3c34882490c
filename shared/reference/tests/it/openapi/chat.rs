//! `/ws/chat` and `/api/chat/*`.

use protocol::{
    ConversationEntry, ErrorCode, Message,
    frame::{Ack, SendBody},
    http::{FoundMessage, Highlight, MarksRequest, SyncRequest},
};
use serde_json::{Value, json};

use super::{
    Api,
    call::{Call, Who},
};

const TAG: &str = "Conversations";

pub fn describe(api: &mut Api) {
    api.add(socket());
    let (message, entry) = (
        api.components.add::<Message>(),
        api.components.add::<ConversationEntry>(),
    );
    api.add(history(&message));
    api.add(conversations(&Api::list_of(&entry)));
    let (question, answer) = (
        api.components.add::<SyncRequest>(),
        api.components.add_sync_response(),
    );
    api.add(sync(&question, &answer));
    let (body, ack) = (api.components.add::<SendBody>(), api.components.add::<Ack>());
    api.add(messages(&body, &ack));
    let body = api.components.add::<MarksRequest>();
    api.add(marks(&body, &entry));
    api.components.add::<Highlight>();
    let found = api.components.add::<FoundMessage>();
    api.add(search(&Api::list_of(&found)));
}

fn socket() -> Call {
    Call::new("get", "/ws/chat", "connect", TAG, Who::BothRoles)
        .says(
            "Open the socket",
            "WebSocket upgrade. Browsers offer the subprotocols `chat.v1` and `bearer.<JWT>`; others may send \
             `Authorization`. The server selects `chat.v1`. What is said afterwards is in `/docs/socket`. A browser \
             cannot read a refusal: it asks `GET /api/chat/conversations?limit=1` for the `code`.",
        )
        .header("Sec-WebSocket-Protocol", "`chat.v1`, and `bearer.<JWT>` when there is no `Authorization`.")
        .header("Origin", "When present, on the server's list, exactly.")
        .answers(101, "The socket is open; the first frame is `hello`, within 5 s.")
        .with_header(101, "Sec-WebSocket-Protocol", "`chat.v1`")
        .refuses(&[ErrorCode::BadFrame, ErrorCode::Overloaded])
}

fn history(message: &Value) -> Call {
    let uuid = || json!({"type": "string", "format": "uuid"});
    let seq = || json!({"type": "integer", "minimum": 0});
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50});
    Call::new("get", "/api/chat/history", "history", TAG, Who::BothRoles)
        .says(
            "Read one page of a conversation",
            "Messages, oldest first; the newest page when neither `before`, `after` nor `around` is given. The two \
             ids may come either way round: the caller's role says which one is the caller's.",
        )
        .query("userId", true, &uuid(), "The client.")
        .query("trainerId", true, &uuid(), "The trainer.")
        .query("before", false, &seq(), "Messages before this `seq`.")
        .query("after", false, &seq(), "Messages after this `seq`.")
        .query("around", false, &seq(), "Messages around this `seq`.")
        .query("limit", false, &limit, "Most messages of the page.")
        .header("If-None-Match", "The `ETag` of the page at hand.")
        .answers_json(200, "The page.", &json!({"type": "array", "items": message}), "http.history")
        .with_header(200, "Link", "`rel=\"prev\"` is older, `rel=\"next\"` newer; each only where there is more.")
        .with_header(200, "ETag", "Changes with the content, and with the hour of the file links.")
        .with_header(200, "Chat-Epoch", "The epoch the page was read in.")
        .with_header(200, "Chat-Position", "The conversation's head in the same snapshot.")
        .answers(304, "The page at hand is the current one.")
        .refuses(&[ErrorCode::InvalidField, ErrorCode::NotFound])
}

fn conversations(list: &Value) -> Call {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 200, "default": 50});
    Call::new(
        "get",
        "/api/chat/conversations",
        "conversations",
        TAG,
        Who::BothRoles,
    )
    .says(
        "List conversations",
        "The caller's conversations, most recently active first.",
    )
    .query(
        "after",
        false,
        &json!({"type": "string"}),
        "Where the last page ended; from its `Link`.",
    )
    .query("limit", false, &limit, "Most entries of the page.")
    .answers_json(200, "The entries, as in `welcome`.", list, "http.conversations")
    .with_header(200, "Link", "`rel=\"next\"` where there is more.")
    .refuses(&[ErrorCode::InvalidField])
}

fn search(list: &Value) -> Call {
    let q = json!({"type": "string", "minLength": 1, "maxLength": 200});
    let text = || json!({"type": "string"});
    Call::new("get", "/api/chat/search", "search", TAG, Who::BothRoles)
        .says(
            "Search one's own conversations",
            "Words and beginnings of words, each of which must be in the message; case and accents do not matter. \
             Where a script does not part words, and for emoji, any part is found. A page may hold fewer messages than \
             there are, or none: `Link` says whether to go on.",
        )
        .query("q", true, &q, "What to look for, at most 16 words.")
        .query("conversationId", false, &text(), "In this conversation alone.")
        .query("after", false, &text(), "Where the last page ended; from its `Link`.")
        .answers_json(200, "The messages, newest first, at most 50.", list, "http.search")
        .with_header(200, "Link", "`rel=\"next\"` where there may be more.")
        .refuses(&[ErrorCode::InvalidField, ErrorCode::NotFound])
}

fn sync(question: &Value, answer: &Value) -> Call {
    Call::new("post", "/api/chat/sync", "sync", TAG, Who::BothRoles)
        .says(
            "Catch up without a socket",
            "The polling fallback, every 3 s with jitter. `positions` says where the device stands, at most 500 \
             conversations.",
        )
        .body(question, "http.sync-request")
        .answers_json(
            200,
            "`syncs` of the conversations that changed; `conversations` that are new, or whose marks or access changed.",
            answer,
            "http.sync-response",
        )
        .refuses(&[ErrorCode::BadFrame, ErrorCode::InvalidField, ErrorCode::PayloadTooLarge])
}

fn messages(body: &Value, ack: &Value) -> Call {
    Call::new("post", "/api/chat/messages", "sendMessage", TAG, Who::BothRoles)
        .says(
            "Send a message without a socket",
            "The same as the frame `send`, for networks that block WebSockets and while the broker is down. `id` is \
             the idempotency key: sent again, it answers 200 with what became of it the first time.",
        )
        .body(body, "http.send")
        .answers_json(201, "Stored for good.", ack, "http.ack")
        .answers_json(200, "This id was already stored: `duplicate` is true.", ack, "http.ack-duplicate")
        .refuses(&[
            ErrorCode::BadFrame,
            ErrorCode::InvalidField,
            ErrorCode::EmptyMessage,
            ErrorCode::TextTooLong,
            ErrorCode::NotFound,
            ErrorCode::ReadOnly,
            ErrorCode::IdempotencyConflict,
            ErrorCode::PayloadTooLarge,
        ])
}

fn marks(body: &Value, entry: &Value) -> Call {
    Call::new("post", "/api/chat/marks", "mark", TAG, Who::BothRoles)
        .says(
            "Mark what was delivered and read without a socket",
            "The same as the frames `delivered` and `read`: up to and including a `seq`. Marks only go forward, and \
             never beyond the newest message.",
        )
        .body(body, "http.marks-request")
        .answers_json(200, "The conversation's entry as it stands then.", entry, "http.marks")
        .refuses(&[
            ErrorCode::BadFrame,
            ErrorCode::InvalidField,
            ErrorCode::NotFound,
            ErrorCode::PayloadTooLarge,
        ])
}
