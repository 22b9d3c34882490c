//! The platform erases a person: nothing is left of them in any service, whatever is killed meanwhile.

use std::{path::Path, time::Duration};

use protocol::http::BookingStatus;
use sandbox::Mood;
use serde_json::{Value, json};
use testkit::{Kit, Options, Person};
use uuid::Uuid;

const WITHIN: Duration = Duration::from_mins(1);
/// One pixel.
const PHOTO: &[u8] = include_bytes!("pixel.png");

#[tokio::test]
async fn an_erased_person_leaves_order_and_an_audit_row_and_nothing_else_anywhere() {
    let story = Story::start().await;
    let (kit, anna, tom) = (&story.kit, &story.anna, &story.tom);
    let (mut desk, _) = kit.gateway(0).greeted(tom).await;
    let (proven, printed) = story.prove().await;
    assert!(!proven && printed.contains("file-upload: 2 left"), "{printed}");

    story.erase().await;

    let closed = desk
        .find(|frame| frame["type"] == "access" && frame["userId"] == json!(tom.id))
        .await
        .unwrap();
    assert_eq!(
        (&closed["canSend"], &closed["reason"]),
        (&json!(false), &json!("gone"))
    );
    story.nothing_is_left().await;
    assert_eq!(
        story.thread().await,
        [
            ("anna", true, Value::Null),
            ("tom", false, json!("what a photo")),
            ("anna", true, Value::Null)
        ],
    );
    assert_eq!(story.objects(), 0);
    let days: i64 = story
        .count("select count(*) from files.day where person = $1")
        .await;
    assert_eq!(days, 0, "what was counted for the quota");
    let audited: i64 = story
        .count("select count(*) from roster.audit where action = 'erased' and person_id = $1")
        .await;
    assert_eq!(audited, 1);
    assert_eq!(kit.http(anna).get("/api/chat/conversations").await.status, 401);
}

#[tokio::test]
async fn an_erasure_survives_the_death_of_every_service() {
    let story = Story::start().await;
    let kit = &story.kit;
    for victim in [kit.history(0), kit.files()] {
        victim.kill();
    }

    story.erase().await;
    kit.roster().kill();
    for service in [kit.history(0), kit.files(), kit.roster()] {
        service.revive();
    }
    // Again in the middle of the work, wherever that is.
    kit.history(0).ready().await;
    for victim in [kit.history(0), kit.files()] {
        victim.kill();
        victim.revive();
    }

    story.nothing_is_left().await;
    assert_eq!(story.objects(), 0);
}

#[tokio::test]
async fn files_go_when_the_object_store_is_back() {
    let story = Story::start().await;
    story.kit.s3().set_mood(Mood::Unavailable);

    story.erase().await;
    let log_is_clean = sandbox::until("the log's part", WITHIN, || async {
        story.prove().await.1.contains("chat-history: 0 left")
    });
    log_is_clean.await.unwrap();
    assert!(!story.prove().await.0, "the file is still there");
    story.kit.s3().set_mood(Mood::Well);

    story.nothing_is_left().await;
    assert_eq!(story.objects(), 0);
}

/// Anna has sent a photo and a text, Tom an answer, and each has reacted to the other.
struct Story {
    kit: Kit,
    anna: Person,
    tom: Person,
}

impl Story {
    async fn start() -> Self {
        let kit = Kit::start(Options {
            files: true,
            ..Options::default()
        })
        .await;
        let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
        let eva = kit.person("Eva", testkit::Role::Trainer).await;
        kit.book(&anna, &eva, BookingStatus::Completed).await;
        let story = Self { kit, anna, tom };
        let uploaded = story
            .kit
            .http(&story.anna)
            .upload("me.png", "image/png", PHOTO.to_vec())
            .await;
        assert_eq!(uploaded.status, 201, "{}", uploaded.body);
        story
            .say(&story.anna, json!({"attachments": [uploaded.body["id"]]}))
            .await;
        story.say(&story.tom, json!({"text": "what a photo"})).await;
        story.say(&story.anna, json!({"text": "thank you"})).await;
        story
    }

    async fn say(&self, from: &Person, mut body: Value) {
        body["conversationId"] = json!(from.conversation());
        body["id"] = json!(Uuid::now_v7());
        let answer = self.kit.http(from).post("/api/chat/messages", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    async fn erase(&self) {
        let path = format!("/api/directory/users/{}", self.anna.id);
        let answer = self.kit.platform().delete(&path).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
    }

    async fn prove(&self) -> (bool, String) {
        let id = self.anna.id.to_string();
        self.kit.tool("trainer-roster", &["--prove-erased", &id]).await
    }

    async fn nothing_is_left(&self) {
        let proven = sandbox::until("a proof", WITHIN, || async { self.prove().await.0 });
        if let Err(error) = proven.await {
            panic!("{error}: {}", self.prove().await.1);
        }
    }

    /// Who wrote, whether it is deleted, and its text, as Tom sees it.
    async fn thread(&self) -> Vec<(&str, bool, Value)> {
        let path = format!(
            "/api/chat/history?userId={}&trainerId={}",
            self.anna.id, self.tom.id
        );
        let history = self.kit.http(&self.tom).get(&path).await;
        let rows = history.body.as_array().unwrap().clone();
        rows.into_iter()
            .map(|row| {
                let by = if row["senderId"] == json!(self.anna.id) {
                    "anna"
                } else {
                    "tom"
                };
                (by, !row["deletedAt"].is_null(), row["text"].clone())
            })
            .collect()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let counted = sqlx::query_scalar(sql).bind(self.anna.id.0);
        counted.fetch_one(self.kit.pool()).await.unwrap()
    }

    /// Files in the bucket's folder.
    fn objects(&self) -> usize {
        files(&self.kit.s3().bucket_dir())
    }
}

fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let of = |path: std::path::PathBuf| {
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_dir() {
            files(&path)
        } else {
            usize::from(!hidden)
        }
    };
    entries.flatten().map(|entry| of(entry.path())).sum()
}
