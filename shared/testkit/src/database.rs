//! The shared PostgreSQL, a database per kit, and what the log says.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use client::{Digest, digest::Content};
use protocol::{ConversationId, FileId, MessageId, Seq, UserId};
use sandbox::{Postgres, PostgresOptions, Scratch};
use sqlx::{PgPool, Row, postgres::PgRow};
use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use crate::{Options, Service, kit};

const TEMPLATE: &str = "spotter_template";
static COUNT: AtomicU32 = AtomicU32::new(0);
static SHARED: OnceCell<Arc<Mutex<Postgres>>> = OnceCell::const_new();

/// A server with the migrated template: the one of this process, or one of the story's own.
pub(crate) async fn server(options: &Options) -> Arc<Mutex<Postgres>> {
    if !options.own_postgres && !options.standby {
        let shared = SHARED.get_or_init(|| start(PostgresOptions::default()));
        return shared.await.clone();
    }
    let own = PostgresOptions {
        data: options.database_data.clone(),
        ..PostgresOptions::default()
    };
    start(own).await
}

async fn start(options: PostgresOptions) -> Arc<Mutex<Postgres>> {
    let postgres = Postgres::start(options).await.expect("PostgreSQL starts");
    postgres
        .create_database(TEMPLATE, None)
        .await
        .expect("the template can be created");
    prepare(&postgres, TEMPLATE).await;
    let logs = Scratch::new("migrations").expect("a folder for logs");
    let url = postgres.url(TEMPLATE);
    for service in ["chat-history", "trainer-roster", "file-upload"] {
        let environment = kit::migrations(logs.path(), &url, service);
        Service::run(service, "--migrate", &environment, logs.path().join(service)).await;
    }
    Arc::new(Mutex::new(postgres))
}

/// A fresh database; answers the URL of who may do everything in it.
pub(crate) async fn create(postgres: &Mutex<Postgres>) -> String {
    let name = format!("kit_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let postgres = postgres.lock().await;
    postgres
        .create_database(&name, Some(TEMPLATE))
        .await
        .expect("the template can be copied");
    prepare(&postgres, &name).await;
    postgres.url(&name)
}

async fn prepare(postgres: &Postgres, database: &str) {
    postgres
        .prepare(database)
        .await
        .expect("schemas and roles can be made");
}

/// Every row of a conversation as the log has it, in the thread's order.
pub(crate) async fn digests(pool: &PgPool, conversation: ConversationId) -> Vec<Digest> {
    let rows = sqlx::query(
        "select m.id, m.seq, m.position, m.sender, m.text, m.attachments, m.reply_to, m.reactions, m.sent_at, m.edited_at, m.deleted_at
         from chat.message m
         join chat.conversation c on c.id = m.conversation_id
         where c.trainer_id = $1 and c.client_id = $2
         order by m.seq",
    )
    .bind(conversation.trainer.0)
    .bind(conversation.client.0)
    .fetch_all(pool)
    .await
    .expect("the log can be read");
    rows.iter().map(digest).collect()
}

/// How far everybody has been delivered and has read, in every conversation.
pub(crate) async fn marks(pool: &PgPool) -> BTreeMap<(ConversationId, UserId), (Seq, Seq)> {
    let rows = sqlx::query(
        "select c.trainer_id, c.client_id, m.user_id, m.delivered_seq, m.read_seq
         from chat.mark m
         join chat.conversation c on c.id = m.conversation_id",
    )
    .fetch_all(pool)
    .await
    .expect("the marks can be read");
    let mark = |row: &PgRow| {
        let user = |column: &str| UserId(row.get(column));
        let seq = |column: &str| u64::try_from(row.get::<i64, _>(column)).expect("marks are positive");
        let conversation = ConversationId::new(user("trainer_id"), user("client_id"));
        let marks = (seq("delivered_seq"), seq("read_seq"));
        ((conversation, user("user_id")), marks)
    };
    rows.iter().map(mark).collect()
}

fn digest(row: &PgRow) -> Digest {
    let number =
        |column: &str| u64::try_from(row.get::<i64, _>(column)).expect("numbers of the log are positive");
    let attachments: Option<serde_json::Value> = row.get("attachments");
    let attachments = attachments
        .as_ref()
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten();
    let content = Content {
        sender: UserId(row.get("sender")),
        text: row.get("text"),
        attachments: attachments
            .filter_map(|file| file.get("id")?.as_str()?.parse::<FileId>().ok())
            .collect(),
        reply_to: row
            .get::<Option<i64>, _>("reply_to")
            .and_then(|seq| u64::try_from(seq).ok()),
        reactions: row
            .get::<Option<serde_json::Value>, _>("reactions")
            .map(|reactions| serde_json::from_value(reactions).expect("reactions are a list"))
            .unwrap_or_default(),
        sent_at: row.get("sent_at"),
        edited_at: row.get("edited_at"),
        deleted_at: row.get("deleted_at"),
    };
    let id = MessageId::parse(row.get::<Uuid, _>("id")).expect("only UUIDv7 are stored");
    Digest::new(id, number("seq"), number("position"), &content)
}
