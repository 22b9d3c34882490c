//! Everybody who may knock, and what they may ask for.

use std::collections::HashMap;

use protocol::{ConversationId, ErrorCode, UserId};
use serde_json::json;
use testkit::{Kit, Person, Role, TokenOptions};
use uuid::Uuid;

use crate::rolled::PHOTO;

/// Whose a thing is, seen by the one who asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Own,
    /// Of the other person of one's own conversation.
    Peers,
    /// Of a colleague: of the same role in a conversation of two others.
    Others,
    /// Nobody's: well-formed, and nowhere.
    Absent,
    /// What no id looks like.
    Malformed,
}

impl Whose {
    /// In the order of the tables' columns.
    pub const ALL: [Self; 5] = [
        Self::Own,
        Self::Peers,
        Self::Others,
        Self::Absent,
        Self::Malformed,
    ];
}

/// What a caller is let in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Trainer,
    User,
    Platform,
    /// Without a token that is worth anything: refused with this.
    Nobody(ErrorCode),
}

/// The ids of one person's world, by the names that the tables use.
pub type Ids = HashMap<&'static str, String>;

/// Somebody who knocks.
pub struct Caller {
    pub name: &'static str,
    pub who: Who,
    pub token: Option<String>,
    /// Who has the token, when it is somebody with conversations.
    pub person: Option<Person>,
    /// `None` for who has nothing yet.
    own: Option<[Ids; 2]>,
    others: Ids,
    /// What this caller must never see, whatever they ask.
    pub secrets: Vec<String>,
}

impl Caller {
    /// The ids to ask with; `None` when there is no such thing for this caller.
    pub fn ids(&self, whose: Whose) -> Option<Ids> {
        match whose {
            Whose::Own => self.own.as_ref().map(|[own, _]| own.clone()),
            Whose::Peers => self.own.as_ref().map(|[_, peers]| peers.clone()),
            Whose::Others => Some(self.others.clone()),
            Whose::Absent => Some(absent()),
            Whose::Malformed => Some(malformed()),
        }
    }
}

/// A trainer and a client, what they wrote and sent each other.
struct World {
    trainer: Person,
    client: Person,
    /// Of each: their ids with what they themselves made.
    trainers: Ids,
    clients: Ids,
    /// Stands in every message.
    secret: String,
}

/// Two pairs who know nothing of each other, a client who has done nothing yet, the platform, and those
/// whose token is worth nothing.
pub async fn callers(kit: &Kit) -> Vec<Caller> {
    let a = World::of(kit, "Anna", "Tom").await;
    let b = World::of(kit, "Eva", "Max").await;
    // The platform's calls take effect, so they are about people of their own.
    let guests = World::of(kit, "Gast", "Gustav").await;
    let nora = kit.person("Nora", Role::User).await;
    let age = TokenOptions {
        issued: time::Duration::hours(-2),
        lifetime: time::Duration::hours(1),
    };
    let expired = kit.token(&a.trainer, age);
    let platform = testkit::sign(UserId(Uuid::new_v4()), Role::Platform, TokenOptions::default());
    let secrets = vec![a.secret.clone(), b.secret.clone()];
    let nobody = |name, token, code| Caller {
        who: Who::Nobody(code),
        token,
        person: None,
        secrets: secrets.clone(),
        ..a.trainer_beside(&b, name)
    };
    vec![
        a.trainer_beside(&b, "trainer A"),
        b.trainer_beside(&a, "trainer B"),
        a.client_beside(&b, "A's client"),
        b.client_beside(&a, "B's client"),
        Caller {
            name: "a client with no booking",
            who: Who::User,
            token: Some(nora.token.clone()),
            person: Some(nora),
            own: None,
            others: a.clients.clone(),
            secrets: secrets.clone(),
        },
        Caller {
            who: Who::Platform,
            token: Some(platform),
            person: None,
            secrets: [secrets.as_slice(), std::slice::from_ref(&guests.secret)].concat(),
            ..guests.client_beside(&a, "the platform")
        },
        nobody("no token", None, ErrorCode::Unauthenticated),
        nobody("an expired token", Some(expired), ErrorCode::TokenExpired),
        nobody(
            "garbage",
            Some("no.such.token".to_owned()),
            ErrorCode::Unauthenticated,
        ),
    ]
}

impl World {
    async fn of(kit: &Kit, client: &str, trainer: &str) -> Self {
        let client = kit.person(client, Role::User).await;
        let trainer = kit.person(trainer, Role::Trainer).await;
        let (client, trainer, booking) = kit.booked(client, trainer).await;
        let secret = format!("between {} and {}", client.name, trainer.name);
        let shared = pair(client.conversation(), booking);
        let mut worlds = Vec::new();
        for person in [&trainer, &client] {
            let mut ids = shared.clone();
            ids.extend(sent(kit, person, &secret).await);
            worlds.push(ids);
        }
        let (clients, trainers) = (worlds.remove(1), worlds.remove(0));
        Self {
            trainer,
            client,
            trainers,
            clients,
            secret,
        }
    }

    fn trainer_beside(&self, others: &Self, name: &'static str) -> Caller {
        Caller {
            name,
            who: Who::Trainer,
            token: Some(self.trainer.token.clone()),
            person: Some(self.trainer.clone()),
            own: Some([self.trainers.clone(), self.clients.clone()]),
            others: others.trainers.clone(),
            secrets: vec![others.secret.clone()],
        }
    }

    fn client_beside(&self, others: &Self, name: &'static str) -> Caller {
        Caller {
            name,
            who: Who::User,
            token: Some(self.client.token.clone()),
            person: Some(self.client.clone()),
            own: Some([self.clients.clone(), self.trainers.clone()]),
            others: others.clients.clone(),
            secrets: vec![others.secret.clone()],
        }
    }
}

fn pair(conversation: ConversationId, booking: Uuid) -> Ids {
    Ids::from([
        ("conversation", conversation.to_string()),
        ("trainer", conversation.trainer.to_string()),
        ("client", conversation.client.to_string()),
        ("booking", booking.to_string()),
    ])
}

/// Uploads a photo and sends it: what of a conversation is one person's alone.
async fn sent(kit: &Kit, person: &Person, secret: &str) -> Ids {
    let http = kit.http(person);
    let file = http.upload("front.png", "image/png", PHOTO.to_vec()).await.body;
    let message = json!({
        "conversationId": person.conversation(),
        "id": Uuid::now_v7(),
        "text": secret,
        "attachments": [file["id"]],
    });
    let ack = http.post("/api/chat/messages", &message).await;
    assert_eq!(ack.status, 201, "{}", ack.body);
    let (_, signature) = file["url"].as_str().unwrap().split_once('?').unwrap();
    Ids::from([
        ("file", file["id"].as_str().unwrap().to_owned()),
        ("signature", signature.to_owned()),
        ("seq", ack.body["seq"].to_string()),
        ("token", person.token.clone()),
    ])
}

fn absent() -> Ids {
    let people = ConversationId::new(UserId(Uuid::new_v4()), UserId(Uuid::new_v4()));
    let mut ids = pair(people, Uuid::new_v4());
    let stranger = testkit::sign(people.client, Role::User, TokenOptions::default());
    ids.extend([
        ("file", Uuid::new_v4().to_string()),
        ("seq", "1".to_owned()),
        ("token", stranger),
    ]);
    ids
}

fn malformed() -> Ids {
    let mut ids: Ids = ["conversation", "trainer", "client", "booking", "file", "token"]
        .map(|name| (name, "no-id".to_owned()))
        .into();
    ids.insert("seq", "1".to_owned());
    ids
}
