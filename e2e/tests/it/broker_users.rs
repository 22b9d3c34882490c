//! What each service may say and hear on the broker. That each may do what it needs is shown by every
//! other story: services use these users in all of them.

use std::time::Duration;

use sandbox::{Nats, NatsOptions, NatsUsers};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

const SERVICES: [&str; 4] = ["gateway", "chat-history", "trainer-roster", "file-upload"];
/// Those, and the platform that feeds the directory by JetStream.
const USERS: [&str; 5] = [
    "gateway",
    "chat-history",
    "trainer-roster",
    "file-upload",
    "platform",
];
const ID: &str = "00000000-0000-7000-8000-000000000001";
const PAIR: &str = "00000000-0000-7000-8000-000000000001.00000000-0000-7000-8000-000000000002";

#[tokio::test]
async fn each_service_says_and_hears_only_what_it_owns() {
    let users = NatsUsers::new("secret");
    let nats = broker(&users).await;

    for service in USERS {
        let mut line = Line::open(&nats, service, &users.password(service))
            .await
            .unwrap();
        for (subject, speakers, listeners) in subjects() {
            let said = line.may(&format!("PUB {subject} 0\r\n")).await;
            assert_eq!(said, speakers.contains(&service), "{service} says {subject}");
            let heard = line.may(&format!("SUB {subject} 1\r\n")).await;
            assert_eq!(heard, listeners.contains(&service), "{service} hears {subject}");
        }
        for everything in [">", "*.*", "history.>", "_INBOX_gateway.>", "$SYS.>"] {
            let may = line.may(&format!("SUB {everything} 1\r\n")).await;
            let own = everything.strip_prefix("_INBOX_") == Some(&format!("{service}.>"));
            assert_eq!(may, own, "{service} hears {everything}");
        }
    }
}

#[tokio::test]
async fn nobody_enters_the_broker_with_another_services_password() {
    let users = NatsUsers::new("secret");
    let nats = broker(&users).await;

    let gateway = users.password("gateway");
    for (user, password) in [("chat-history", gateway.as_str()), ("gateway", ""), ("", "")] {
        assert!(Line::open(&nats, user, password).await.is_err(), "{user}");
    }
}

/// Subject, who publishes it, who subscribes to it.
type Row = (String, &'static [&'static str], &'static [&'static str]);

/// What the broker remembers for somebody who reads the directory's stream.
fn memory(call: &str, name: &str, speakers: &'static [&'static str]) -> Row {
    (format!("$JS.API.CONSUMER.{call}.DIRECTORY.{name}"), speakers, &[])
}

fn subjects() -> Vec<Row> {
    let chat = |kind: &str| format!("chat.{kind}.{PAIR}");
    vec![
        (chat("event"), &["chat-history"], &["gateway"]),
        (chat("head"), &["chat-history"], &["gateway"]),
        (chat("access"), &["chat-history"], &["gateway"]),
        (chat("receipt"), &["chat-history"], &["gateway"]),
        (chat("typing"), &["gateway"], &["gateway"]),
        ("history.mark".into(), &["gateway"], &["chat-history"]),
        ("history.append".into(), &["gateway"], &["chat-history"]),
        ("history.change".into(), &["gateway"], &["chat-history"]),
        ("history.open".into(), &["gateway"], &["chat-history"]),
        ("history.sync".into(), &["gateway"], &["chat-history"]),
        ("history.heads".into(), &["gateway"], &["chat-history"]),
        ("history.entries".into(), &["gateway"], &["chat-history"]),
        ("history.contacts".into(), &["trainer-roster"], &["chat-history"]),
        ("history.contacted".into(), &["chat-history"], &["trainer-roster"]),
        ("history.releases".into(), &["file-upload"], &["chat-history"]),
        ("history.released".into(), &["chat-history"], &["file-upload"]),
        ("history.files".into(), &["file-upload"], &["chat-history"]),
        ("roster.relation".into(), &["chat-history"], &["trainer-roster"]),
        (
            "roster.changes".into(),
            &["gateway", "chat-history", "file-upload"],
            &["trainer-roster"],
        ),
        (
            "roster.settings".into(),
            &["gateway", "chat-history"],
            &["trainer-roster"],
        ),
        ("roster.seen".into(), &["gateway"], &["trainer-roster"]),
        ("roster.last_seen".into(), &["gateway"], &["trainer-roster"]),
        (
            "presence.00000000-0000-7000-8000-000000000001".into(),
            &["gateway"],
            &["gateway"],
        ),
        ("online.who".into(), &["gateway"], &["gateway"]),
        ("roster.changed".into(), &["trainer-roster"], &SERVICES),
        ("files.attach".into(), &["chat-history"], &["file-upload"]),
        (format!("directory.user.{ID}"), &["platform"], &[]),
        (format!("directory.booking.{ID}"), &["platform"], &[]),
        (format!("directory.erase.{ID}"), &["platform"], &[]),
        ("$JS.API.STREAM.INFO.DIRECTORY".into(), &["platform"], &[]),
        ("$JS.API.STREAM.CREATE.DIRECTORY".into(), &[], &[]),
        ("$JS.API.STREAM.UPDATE.DIRECTORY".into(), &[], &[]),
        ("$JS.API.STREAM.PURGE.DIRECTORY".into(), &[], &[]),
        ("$JS.API.STREAM.CREATE.OTHER".into(), &[], &[]),
        ("$JS.API.STREAM.DELETE.DIRECTORY".into(), &[], &[]),
        ("$JS.API.STREAM.MSG.GET.DIRECTORY".into(), &[], &[]),
        memory("CREATE", "roster-people", &["trainer-roster"]),
        memory("MSG.NEXT", "roster-bookings", &["trainer-roster"]),
        memory("DELETE", "roster-people", &[]),
        memory("CREATE", "other", &[]),
        (
            "$JS.ACK.DIRECTORY.roster-people.1.1.1.1.0".into(),
            &["trainer-roster"],
            &[],
        ),
    ]
}

async fn broker(users: &NatsUsers) -> Nats {
    let users = Some(users.clone());
    let options = NatsOptions {
        users,
        ..Default::default()
    };
    Nats::start(options).await.unwrap()
}

/// A connection that speaks the broker's protocol by hand: a client library hides refusals.
struct Line {
    answers: Lines<BufReader<OwnedReadHalf>>,
    questions: OwnedWriteHalf,
}

impl Line {
    async fn open(nats: &Nats, user: &str, password: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", nats.port())).await.unwrap();
        let (answers, questions) = stream.into_split();
        let mut line = Self {
            answers: BufReader::new(answers).lines(),
            questions,
        };
        let credentials = serde_json::json!({"user": user, "pass": password, "verbose": false});
        line.ask(&format!("CONNECT {credentials}\r\n")).await?;
        Ok(line)
    }

    async fn may(&mut self, command: &str) -> bool {
        let payload = if command.starts_with("PUB") { "\r\n" } else { "" };
        self.ask(&format!("{command}{payload}")).await.is_ok()
    }

    /// Sends a command and a `PING`; the broker says `-ERR` before it answers `PONG`.
    async fn ask(&mut self, command: &str) -> Result<(), String> {
        let both = format!("{command}PING\r\n");
        self.questions.write_all(both.as_bytes()).await.unwrap();
        let mut refusal = None;
        loop {
            let answer = timeout(Duration::from_secs(5), self.answers.next_line()).await;
            match answer.unwrap().map_err(|error| error.to_string())?.as_deref() {
                Some("PONG") => return refusal.map_or(Ok(()), Err),
                Some(said) if said.starts_with("-ERR") => refusal = Some(said.to_owned()),
                Some(_) => {}
                None => return Err(refusal.unwrap_or_else(|| "closed".to_owned())),
            }
        }
    }
}
