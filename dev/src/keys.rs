//! The keys of a local installation: made once, kept in `.dev/keys/`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use protocol::UserId;
use protocol::error::Role;
use rand::Rng;
use rcgen::KeyPair;
use sandbox::NatsUsers;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::{Error, layout};

pub const ISSUER: &str = "https://id.spotter.localhost";
pub const AUDIENCE: &str = "spotter";
/// As long as the services accept by default.
const TOKEN_LIFETIME: Duration = Duration::hours(24);

/// Signs people in: stands in for the platform that issues tokens elsewhere.
pub struct Issuer {
    signing: EncodingKey,
}

/// What an installation on this machine keeps secret.
pub struct Keys {
    issuer: Issuer,
    public_key: PathBuf,
    links: PathBuf,
    broker: NatsUsers,
}

impl Keys {
    /// Reads the keys in `folder`, or makes them.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let (private, public) = (folder.join("jwt.pem"), folder.join("jwt.pub.pem"));
        let links = folder.join("links");
        if !private.is_file() || !public.is_file() {
            let pair = KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
            layout::write(&public, pair.public_key_pem().as_bytes())?;
            layout::write(&private, pair.serialize_pem().as_bytes())?;
        }
        secret(&links)?;
        let broker = NatsUsers::new(secret(&folder.join("broker"))?);
        Ok(Self {
            issuer: Issuer::read(&private)?,
            public_key: public,
            links,
            broker,
        })
    }

    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Verifies tokens.
    pub fn public_key(&self) -> &Path {
        &self.public_key
    }

    /// Signs file links.
    pub fn link_keys(&self) -> &Path {
        &self.links
    }

    /// Who may use the broker.
    pub fn broker(&self) -> &NatsUsers {
        &self.broker
    }
}

impl Issuer {
    /// Reads an Ed25519 key as PEM.
    pub fn read(private: &Path) -> Result<Self, Error> {
        let signing = EncodingKey::from_ed_pem(&fs::read(private)?)?;
        Ok(Self { signing })
    }

    pub fn token(&self, user: UserId, role: Role) -> Result<String, Error> {
        let issued = OffsetDateTime::now_utc();
        let claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "role": role,
            "iat": issued.unix_timestamp(),
            "exp": (issued + TOKEN_LIFETIME).unix_timestamp(),
        });
        Ok(jsonwebtoken::encode(
            &Header::new(Algorithm::EdDSA),
            &claims,
            &self.signing,
        )?)
    }
}

/// Reads 32 random bytes in base64, or makes them.
fn secret(path: &Path) -> Result<String, Error> {
    if !path.is_file() {
        let key: [u8; 32] = rand::rng().random();
        layout::write(path, STANDARD.encode(key).as_bytes())?;
    }
    Ok(fs::read_to_string(path)?)
}
