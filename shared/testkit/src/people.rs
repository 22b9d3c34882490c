//! People of a story and the tokens they sign in with.

use std::sync::LazyLock;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use protocol::{ConversationId, UserId, error::Role};
use rcgen::KeyPair;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{AUDIENCE, ISSUER};

/// Someone of the directory, signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub role: Role,
    pub name: String,
    pub token: String,
    /// Whom this person talks with in the story.
    pub peer: Option<UserId>,
}

impl Person {
    /// The conversation with `peer`, in the canonical order.
    pub fn conversation_with(&self, peer: UserId) -> ConversationId {
        ConversationId::of(self.id, self.role, peer).expect("trainers and clients have conversations")
    }

    /// The conversation with the story's peer.
    pub fn conversation(&self) -> ConversationId {
        self.conversation_with(self.peer.expect("this person has no peer in the story"))
    }
}

/// How a token differs from one that is issued at this moment and lives for a day.
#[derive(Debug, Clone, Copy)]
pub struct TokenOptions {
    pub lifetime: Duration,
    /// Added to the time of issue.
    pub issued: Duration,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            lifetime: Duration::days(1),
            issued: Duration::ZERO,
        }
    }
}

impl TokenOptions {
    pub fn lasting(lifetime: Duration) -> Self {
        Self {
            lifetime,
            ..Self::default()
        }
    }
}

/// One key pair for all kits of a test process.
static KEY: LazyLock<KeyPair> =
    LazyLock::new(|| KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("an Ed25519 key can be made"));

pub(crate) fn public_key_pem() -> String {
    KEY.public_key_pem()
}

/// Signs a token as the platform does.
pub fn sign(user: UserId, role: Role, options: TokenOptions) -> String {
    let issued = OffsetDateTime::now_utc() + options.issued;
    sign_claims(&json!({
        "sub": user,
        "role": role,
        "iat": issued.unix_timestamp(),
        "exp": (issued + options.lifetime).unix_timestamp(),
    }))
}

/// Signs any claims; issuer, audience and an hour of life are added where they are not told.
pub fn sign_claims(told: &Value) -> String {
    let issued = OffsetDateTime::now_utc().unix_timestamp();
    let mut claims = json!({"iss": ISSUER, "aud": AUDIENCE, "iat": issued, "exp": issued + 3_600});
    if let (Some(claims), Some(told)) = (claims.as_object_mut(), told.as_object()) {
        claims.extend(told.clone());
    }
    let key = EncodingKey::from_ed_pem(KEY.serialize_pem().as_bytes()).expect("the key is an Ed25519 key");
    jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &key).expect("claims can be signed")
}
