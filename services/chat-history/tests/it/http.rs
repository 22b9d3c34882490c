//! The calls as PROTOCOL.md says, through the whole stack of layers.

use std::time::{SystemTime, UNIX_EPOCH};

use auth::{Revocations, Verifier};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use http_body_util::BodyExt;
use protocol::{MessageId, error::Role};
use quota::Quota;
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;
use uuid::Uuid;

use crate::rig::{AUDIENCE, ISSUER, Person, Rig, SECRET, client, trainer};

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    fn problem(&self) -> (u16, &str, Option<&str>) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let text = |name: &str| self.body.get(name).and_then(Value::as_str);
        (
            self.status.as_u16(),
            text("code").unwrap_or_default(),
            text("field"),
        )
    }

    fn seqs(&self) -> Vec<u64> {
        self.body
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message["seq"].as_u64().unwrap())
            .collect()
    }

    /// The address under `rel`.
    fn link(&self, rel: &str) -> Option<String> {
        let links = self.header("link").split(", ").map(ToOwned::to_owned);
        let mut named = links.filter(|link| link.ends_with(&format!("rel=\"{rel}\"")));
        Some(named.next()?.split_once('<')?.1.split_once('>')?.0.to_owned())
    }
}

struct Service(Router);

impl Service {
    async fn of(rig: &Rig) -> Self {
        let verifier = Verifier::new(&rig.config.auth, Revocations::default(), &rig.life)
            .await
            .unwrap();
        let app = rig.one.app(Quota::new("50/50".parse().unwrap(), &rig.life));
        let mut config = rig.config.api.clone();
        config.rate_http = "1000/1000".parse().unwrap();
        Self(api::layer(
            chat_history::routes::routes(app),
            &config,
            verifier,
            &rig.life,
        ))
    }

    async fn get(&self, me: Person, path: &str) -> Reply {
        self.call(me, Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post(&self, me: Person, path: &str, body: &Value) -> Reply {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.call(me, request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    async fn poll(&self, me: Person, epoch: &str, positions: Value) -> Reply {
        self.post(
            me,
            "/api/chat/sync",
            &json!({"epoch": epoch, "positions": positions}),
        )
        .await
    }

    async fn call(&self, me: Person, mut request: Request<Body>) -> Reply {
        request.headers_mut().insert(
            header::AUTHORIZATION,
            format!("Bearer {}", token(me)).parse().unwrap(),
        );
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        }
    }
}

fn history(client: Person, trainer: Person, more: &str) -> String {
    format!(
        "/api/chat/history?userId={}&trainerId={}{more}",
        client.id, trainer.id
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_answered_with_the_entry_and_polls_tell_both_of_them() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let service = Service::of(&rig).await;
    for text in ["one", "two"] {
        rig.say(tom, anna, text).await;
    }
    let conversation = anna.with(tom).to_string();
    rig.relax().await;
    let at_the_head = json!({&conversation: 2});
    let before = service.poll(tom, &rig.epoch().await, at_the_head.clone()).await;
    assert_eq!(before.body["conversations"], json!([]));

    let body = json!({"conversationId": conversation, "deliveredSeq": 2, "readSeq": 1});
    let marked = service.post(anna, "/api/chat/marks", &body).await;

    assert_eq!(marked.status, 200);
    let entry = &marked.body;
    assert_eq!(
        (&entry["readSeq"], &entry["deliveredSeq"], &entry["unread"]),
        (&json!(1), &json!(2), &json!(1))
    );
    for (me, seen) in [(anna, "readSeq"), (tom, "peerReadSeq")] {
        let poll = service.poll(me, &rig.epoch().await, at_the_head.clone()).await;
        assert_eq!(poll.body["conversations"][0][seen], 1, "{}", poll.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_that_are_not_ones_own_or_malformed_are_refused() {
    let rig = Rig::start().await;
    let (tom, anna) = rig.booked().await;
    let service = Service::of(&rig).await;
    rig.say(tom, anna, "hello").await;
    let stranger = client();
    let mark = async |me: Person, conversation: String| {
        let body = json!({"conversationId": conversation, "readSeq": 1});
        service.post(me, "/api/chat/marks", &body).await
    };

    let foreign = mark(stranger, anna.with(tom).to_string()).await;
    let absent = mark(stranger, stranger.with(tom).to_string()).await;
    let malformed = mark(anna, "conversation:x".to_owned()).await;

    assert_eq!(foreign.problem(), (404, "not_found", None));
    assert_eq!(absent.problem(), (404, "not_found", None));
    assert_eq!(
        malformed.problem(),
        (422, "invalid_field", Some("conversationId"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_an_array_oldest_first_that_pages_both_ways() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    for _ in 0..10 {
        rig.say(tom, anna, "x").await;
    }

    let newest = service.get(anna, &history(anna, tom, "&limit=4")).await;
    assert_eq!(
        (newest.status, newest.seqs()),
        (StatusCode::OK, vec![7, 8, 9, 10])
    );
    assert_eq!(
        (newest.link("next"), newest.header("chat-position")),
        (None, "10")
    );
    assert!(newest.header("chat-epoch").parse::<Uuid>().is_ok());
    let older = service.get(anna, &newest.link("prev").unwrap()).await;
    assert_eq!(older.seqs(), [3, 4, 5, 6]);
    let newer = service.get(anna, &older.link("next").unwrap()).await;
    assert_eq!((newer.seqs(), newer.link("next")), (vec![7, 8, 9, 10], None));
    let oldest = service.get(anna, &older.link("prev").unwrap()).await;
    assert_eq!((oldest.seqs(), oldest.link("prev")), (vec![1, 2], None));
    let around = service.get(tom, &history(anna, tom, "&around=5&limit=4")).await;
    assert_eq!(around.seqs(), [3, 4, 5, 6]);
    assert!(around.link("prev").is_some() && around.link("next").is_some());
    // Each side of the seed's front end builds the pair from its own side.
    assert_eq!(
        service.get(tom, &history(tom, anna, "&limit=1")).await.seqs(),
        [10]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    rig.say(tom, anna, "x").await;
    let path = history(anna, tom, "");
    let etag = service.get(anna, &path).await.header("etag").to_owned();
    let again = async || {
        let request = Request::get(&path).header(header::IF_NONE_MATCH, &etag);
        service.call(anna, request.body(Body::empty()).unwrap()).await
    };

    let unchanged = again().await;
    assert_eq!(
        (unchanged.status, unchanged.body.clone()),
        (StatusCode::NOT_MODIFIED, Value::Null)
    );
    assert_eq!(
        (unchanged.header("etag"), unchanged.header("chat-position")),
        (etag.as_str(), "1")
    );

    rig.take(tom.edit(anna, 1, "y")).await.unwrap();
    assert_eq!(again().await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_absent_conversations_are_alike() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    rig.say(tom, anna, "secret").await;
    let mallory = client();
    let without_trace = |mut reply: Reply| {
        reply.body.as_object_mut().unwrap().remove("traceId");
        (reply.status, reply.body)
    };

    let foreign = without_trace(service.get(mallory, &history(anna, tom, "")).await);
    let absent = without_trace(service.get(mallory, &history(mallory, tom, "")).await);
    let posing = without_trace(
        service
            .get(
                Person {
                    role: Role::Trainer,
                    ..mallory
                },
                &history(anna, mallory, ""),
            )
            .await,
    );

    assert_eq!(foreign.0, StatusCode::NOT_FOUND);
    assert!(foreign == absent && foreign == posing);
    let send = json!({"conversationId": anna.with(tom), "id": MessageId::generate(), "text": "hi"});
    let sent = service.post(mallory, "/api/chat/messages", &send).await;
    assert_eq!(sent.problem(), (404, "not_found", None));
    let platform = Person {
        role: Role::Platform,
        ..mallory
    };
    assert_eq!(
        service.get(platform, &history(anna, tom, "")).await.problem(),
        (403, "forbidden", None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_created_once_and_then_found() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    let id = MessageId::generate();
    // As the client's side of the front end writes it, with what a client may not set.
    let turned = format!("conversation:{}:{}", anna.id, tom.id);
    let body = json!({"conversationId": turned, "id": id, "text": "hello", "senderId": tom.id, "seq": 9, "role": "Trainer"});

    let created = service.post(anna, "/api/chat/messages", &body).await;
    let found = service.post(anna, "/api/chat/messages", &body).await;

    assert_eq!(
        (created.status, found.status),
        (StatusCode::CREATED, StatusCode::OK)
    );
    let ack = created.body.as_object().unwrap();
    assert_eq!(ack["conversationId"], json!(anna.with(tom)));
    assert_eq!(
        (&ack["seq"], &ack["position"], &ack["duplicate"]),
        (&json!(1), &json!(1), &json!(false))
    );
    assert_eq!(
        (&found.body["sentAt"], &found.body["duplicate"]),
        (&ack["sentAt"], &json!(true))
    );
    let page = service.get(tom, &history(anna, tom, "")).await;
    assert_eq!(page.body[0]["senderId"], json!(anna.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    let conversation = anna.with(tom).to_string();
    let id = MessageId::generate().to_string();
    for (body, problem) in [
        (
            json!({"conversationId": "x", "id": id, "text": "a"}),
            (422, "invalid_field", Some("conversationId")),
        ),
        (
            json!({"conversationId": conversation, "id": Uuid::new_v4(), "text": "a"}),
            (422, "invalid_field", Some("id")),
        ),
        (
            json!({"conversationId": conversation, "id": id, "text": "\u{0}"}),
            (422, "invalid_field", Some("text")),
        ),
        (
            json!({"conversationId": conversation, "id": id, "text": "a".repeat(4_001)}),
            (422, "text_too_long", Some("text")),
        ),
        (
            json!({"conversationId": conversation, "id": id, "text": " \n"}),
            (422, "empty_message", None),
        ),
        (
            json!({"conversationId": conversation, "id": id, "attachments": ["x"]}),
            (422, "invalid_field", Some("attachments")),
        ),
        (
            json!({"conversationId": conversation, "id": id, "text": "a", "replyTo": 9}),
            (422, "invalid_field", Some("replyTo")),
        ),
        (
            json!({"conversationId": conversation, "id": id, "text": 5}),
            (400, "bad_frame", None),
        ),
        (json!([]), (400, "bad_frame", None)),
    ] {
        let reply = service.post(anna, "/api/chat/messages", &body).await;
        assert_eq!(reply.problem(), problem, "{body}");
    }
    for (more, field) in [
        ("&limit=0", "limit"),
        ("&limit=201", "limit"),
        ("&before=x", "before"),
        ("&before=1&after=1", "after"),
    ] {
        let reply = service.get(anna, &history(anna, tom, more)).await;
        assert_eq!(reply.problem(), (422, "invalid_field", Some(field)), "{more}");
    }
    let reply = service.get(anna, "/api/chat/history?userId=x&trainerId=y").await;
    assert_eq!(reply.problem(), (422, "invalid_field", Some("userId")));
    let reply = service.get(anna, "/api/chat/conversations?after=x").await;
    assert_eq!(reply.problem(), (422, "invalid_field", Some("after")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_paged_most_recent_first() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let anna = client();
    let trainers: Vec<_> = (0..7).map(|_| trainer()).collect();
    for tom in &trainers {
        rig.roster.relate(*tom, anna, true);
    }
    rig.one.relations.catch_up().await.unwrap();
    rig.say(trainers[3], anna, "newest").await;

    let (mut path, mut seen) = (Some("/api/chat/conversations?limit=3".to_owned()), Vec::new());
    while let Some(next) = path {
        let page = service.get(anna, &next).await;
        assert_eq!(page.status, StatusCode::OK);
        seen.extend(
            page.body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["peerId"].clone()),
        );
        path = page.link("next");
    }

    assert_eq!((seen.len(), &seen[0]), (7, &json!(trainers[3].id)));
    assert!(trainers.iter().all(|tom| seen.contains(&json!(tom.id))));
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_brings_what_changed_and_nothing_else() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    let tim = trainer();
    rig.roster.relate(tim, anna, true);
    rig.one.relations.catch_up().await.unwrap();
    rig.say(tom, anna, "one").await;
    sqlx::query("update chat.conversation set access_changed_at = now() - interval '1 hour'")
        .execute(&rig.pool)
        .await
        .unwrap();
    let (with_tom, with_tim) = (anna.with(tom).to_string(), anna.with(tim).to_string());

    let fresh = service.poll(anna, &rig.epoch().await, json!({})).await;
    assert_eq!(fresh.body["conversations"].as_array().map(Vec::len), Some(2));
    let idle = service
        .poll(anna, &rig.epoch().await, json!({&with_tom: 1, &with_tim: 0}))
        .await;
    assert_eq!(
        idle.body,
        json!({"epoch": rig.epoch().await, "syncs": [], "conversations": []})
    );

    rig.say(tom, anna, "two").await;
    rig.roster.relate(tim, anna, false);
    rig.one.relations.catch_up().await.unwrap();
    let foreign = format!("conversation:{}:{}", tom.id, tim.id);
    let positions = json!({&with_tom: 1, &with_tim: 0, foreign: 5});
    let changed = service.poll(anna, &rig.epoch().await, positions).await;

    let (syncs, entries) = (&changed.body["syncs"], &changed.body["conversations"]);
    assert_eq!(syncs.as_array().map(Vec::len), Some(1));
    assert_eq!(syncs[0]["conversationId"], json!(with_tom));
    assert_eq!((&syncs[0]["from"], &syncs[0]["to"]), (&json!(1), &json!(2)));
    assert_eq!(syncs[0]["messages"][0]["text"], json!("two"));
    // Only the trainer lost a voice, but the entry is told to both.
    assert_eq!(entries.as_array().map(Vec::len), Some(1));
    assert_eq!(entries[0]["conversationId"], json!(with_tim));
    assert_eq!(entries[0]["canSend"], json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn polling_with_another_epoch_starts_over_and_nonsense_is_named() {
    let rig = Rig::start().await;
    let service = Service::of(&rig).await;
    let (tom, anna) = rig.booked().await;
    rig.say(tom, anna, "one").await;
    let conversation = anna.with(tom).to_string();
    let epoch = rig.epoch().await;

    let other = service
        .poll(anna, &Uuid::new_v4().to_string(), json!({conversation: 9}))
        .await;

    assert_eq!(other.body["epoch"], json!(epoch));
    let sync = &other.body["syncs"][0];
    assert_eq!(
        (&sync["reset"], &sync["to"]),
        (&json!("epoch_changed"), &json!(1))
    );
    let nonsense = service.poll(anna, "x", json!({})).await;
    assert_eq!(nonsense.problem(), (422, "invalid_field", Some("epoch")));
    let nonsense = service.poll(anna, &epoch, json!({"x": 1})).await;
    assert_eq!(nonsense.problem(), (422, "invalid_field", Some("positions")));
}

/// As the platform issues them.
fn token(me: Person) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": me.id, "role": me.role.as_str(), "iat": now, "exp": now + 600,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(&json!({"alg": "HS256", "typ": "JWT"})),
        part(&claims)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
