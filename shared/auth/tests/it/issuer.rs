//! Somebody who issues tokens, honest ones and any others.

use auth::{Config, Identity, Refused, Revocations, Verifier};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use boot::{Invalid, Lifecycle};
use clap::Parser as _;
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign, jwk::Jwk};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PKCS_RSA_SHA256, SignatureAlgorithm};
use serde_json::{Value, json};
use time::OffsetDateTime;

pub const SUBJECT: &str = "0191e2a6-7c44-7f0a-9f39-8f8a5bb70001";

/// A key pair and the algorithm it signs with.
pub struct Issuer {
    pub algorithm: Algorithm,
    pub key: EncodingKey,
    pub public_pem: String,
    public_raw: Vec<u8>,
}

impl Issuer {
    pub fn ed25519() -> Self {
        let pair = pair(&PKCS_ED25519);
        let key = EncodingKey::from_ed_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self::with(Algorithm::EdDSA, key, &pair)
    }

    pub fn p256() -> Self {
        let pair = pair(&PKCS_ECDSA_P256_SHA256);
        let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self::with(Algorithm::ES256, key, &pair)
    }

    pub fn rsa() -> Self {
        let pair = pair(&PKCS_RSA_SHA256);
        let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self::with(Algorithm::RS256, key, &pair)
    }

    fn with(algorithm: Algorithm, key: EncodingKey, pair: &KeyPair) -> Self {
        Self {
            algorithm,
            key,
            public_pem: pair.public_key_pem(),
            public_raw: pair.public_key_raw().to_vec(),
        }
    }

    /// A token with the usual header.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(json!({"typ": "JWT"}), claims)
    }

    /// A truly signed token with any header; `alg` is put in where it is missing.
    pub fn token_with(&self, mut header: Value, claims: &Value) -> String {
        if header.get("alg").is_none() {
            header["alg"] = json!(self.algorithm);
        }
        let message = message(&header, claims);
        let signature = sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }

    /// The public key as the issuer publishes it.
    pub fn published(&self, kid: &str) -> Value {
        let mut jwk = match self.algorithm {
            Algorithm::EdDSA => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&self.public_raw)})
            }
            algorithm => json!(Jwk::from_encoding_key(&self.key, algorithm).unwrap()),
        };
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// A verifier that trusts this issuer's key, with further flags.
    pub async fn verifier(&self, flags: &[&str]) -> Verifier {
        verifier(&[&["--jwt-public-key", self.public_pem.as_str()], flags].concat())
            .await
            .unwrap()
    }
}

fn pair(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

/// The first two parts of a token.
pub fn message(header: &Value, claims: &Value) -> String {
    let part = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// What an honest issuer says of a trainer.
pub fn claims() -> Value {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    json!({
        "iss": "https://id.spotter.test",
        "aud": "spotter",
        "sub": SUBJECT,
        "role": "Trainer",
        "iat": now,
        "exp": now + 3600,
    })
}

/// The same with one claim changed, or left out when it is null.
pub fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let object = claims.as_object_mut().unwrap();
    if value.is_null() {
        object.remove(name);
    } else {
        object.insert(name.to_owned(), value);
    }
    claims
}

pub fn seconds_from_now(seconds: i64) -> Value {
    json!(OffsetDateTime::now_utc().unix_timestamp() + seconds)
}

pub fn config(flags: &[&str]) -> Config {
    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        auth: Config,
    }
    let usual = [
        "test",
        "--jwt-issuer=https://id.spotter.test",
        "--jwt-audience=spotter",
    ];
    Flags::try_parse_from(usual.iter().chain(flags)).unwrap().auth
}

pub async fn verifier(flags: &[&str]) -> Result<Verifier, Invalid> {
    Verifier::new(&config(flags), Revocations::default(), &Lifecycle::new()).await
}

/// The refusal of a token, or a failed test.
pub fn refusal(outcome: Result<Identity, Refused>) -> Refused {
    outcome.expect_err("the token was believed")
}
