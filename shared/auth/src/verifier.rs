//! Decides whether a token is believed.

use std::{collections::HashSet, sync::Arc};

use boot::{Invalid, Lifecycle};
use jsonwebtoken::{Algorithm as Jwa, DecodingKey, Validation, errors::ErrorKind};
use protocol::{ErrorCode, limits};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::{
    Config, Identity, Revocations,
    claims::Expected,
    jwks::{Found, Jwks},
    keys::Source,
};

/// Why a token was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no token")]
    Missing,
    /// Malformed, forged, or not meant for Spotter.
    #[error("the token is not valid")]
    Invalid,
    #[error("the token has expired")]
    Expired,
    /// Issued before its person was signed out or got another role.
    #[error("the token was revoked")]
    Revoked,
    /// A true token of somebody whose role has no place here.
    #[error("the token has no role")]
    NoRole,
    /// The issuer's keys could not be fetched yet.
    #[error("the issuer's keys are not known yet")]
    Unavailable,
}

impl Refused {
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Missing | Self::Invalid | Self::Revoked => ErrorCode::Unauthenticated,
            Self::Expired => ErrorCode::TokenExpired,
            Self::NoRole => ErrorCode::Forbidden,
            Self::Unavailable => ErrorCode::Unavailable,
        }
    }
}

/// Verifies tokens of one issuer with one pinned algorithm; cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    keys: Keys,
    expected: Expected,
    revocations: Revocations,
}

enum Keys {
    Fixed { key: DecodingKey, algorithm: Jwa },
    Published(Jwks),
}

impl Verifier {
    /// Reads the keys, or begins to fetch them; `life` is not ready before they are there.
    #[expect(
        clippy::unused_async,
        reason = "callers await it, so that a later source of keys may connect here"
    )]
    pub async fn new(config: &Config, revocations: Revocations, life: &Lifecycle) -> Result<Self, Invalid> {
        config.validate()?;
        let keys = match config.source()? {
            Source::Fixed { key, algorithm } => Keys::Fixed { key, algorithm },
            Source::Jwks { url, algorithm } => Keys::Published(Jwks::start(url, algorithm, life)?),
        };
        let expected = Expected {
            issuer: config.jwt_issuer.clone(),
            audience: config.jwt_audience.clone(),
            names: config.names(),
            max_lifetime: Duration::seconds(config.jwt_max_lifetime_seconds.into()),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                keys,
                expected,
                revocations,
            }),
        })
    }

    /// Believes a token or says why not. Nothing it says is read before its signature is verified,
    /// except which of the issuer's keys it names.
    pub async fn verify(&self, token: &str) -> Result<Identity, Refused> {
        if token.is_empty() {
            return Err(Refused::Missing);
        }
        if token.len() > limits::TOKEN_BYTES {
            return Err(Refused::Invalid);
        }
        let (key, algorithm) = self.key(token).await?;
        let claims = open(token, &key, algorithm)?;
        let identity = self.inner.expected.identity(&claims, OffsetDateTime::now_utc())?;
        if self.inner.revocations.is_revoked(&identity) {
            return Err(Refused::Revoked);
        }
        Ok(identity)
    }

    async fn key(&self, token: &str) -> Result<(DecodingKey, Jwa), Refused> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refused::Invalid)?;
        // Keys that come with the token (`jwk`, `jku`, `x5c`, `x5u`) are never looked at.
        if header.crit.is_some() || !is_a_jwt(header.typ.as_deref()) {
            return Err(Refused::Invalid);
        }
        let (key, algorithm) = match &self.inner.keys {
            Keys::Fixed { key, algorithm } => (key.clone(), *algorithm),
            Keys::Published(jwks) => match jwks.key(header.kid.as_deref()).await {
                Found::Key(key, algorithm) => (key, algorithm),
                Found::Unknown => return Err(Refused::Invalid),
                Found::NotLoaded => return Err(Refused::Unavailable),
            },
        };
        if header.alg != algorithm {
            return Err(Refused::Invalid);
        }
        Ok((key, algorithm))
    }
}

/// Verifies the signature, then reads the claims. Their meaning is checked by [`Expected`], which is exact about types.
fn open(token: &str, key: &DecodingKey, algorithm: Jwa) -> Result<Map<String, Value>, Refused> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_aud = false;
    match jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation) {
        Ok(token) => Ok(token.claims),
        Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => Err(Refused::Expired),
        Err(_) => Err(Refused::Invalid),
    }
}

/// Whether a token's type is that of an access token, where it says one.
fn is_a_jwt(typ: Option<&str>) -> bool {
    typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("at+jwt"))
}
