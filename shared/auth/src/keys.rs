//! Keys from the configuration: which algorithm they pin, and whether they can be used at all.

use boot::Invalid;
use jsonwebtoken::{Algorithm as Jwa, DecodingKey};
use secrecy::{ExposeSecret as _, SecretString};

use crate::Algorithm;

/// The shortest shared secret: as long as the digest.
const SECRET_BYTES: usize = 32;
/// An uncompressed point on P-256; points on other curves are longer.
const P256_POINT_BYTES: usize = 65;

/// Where the keys come from.
pub(crate) enum Source {
    /// One key that never changes, and the only algorithm it is used with.
    Fixed { key: DecodingKey, algorithm: Jwa },
    Jwks {
        url: reqwest::Url,
        algorithm: Option<Algorithm>,
    },
}

impl Source {
    pub(crate) fn jwks(url: &str, algorithm: Option<Algorithm>) -> Result<Self, Invalid> {
        let invalid = |why: String| Invalid::new("SPOTTER_JWT_JWKS_URL", why);
        let url: reqwest::Url = url
            .parse()
            .map_err(|error| invalid(format!("is not a URL: {error}")))?;
        if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
            return Err(invalid("must begin with https:// or http://".to_owned()));
        }
        Ok(Self::Jwks { url, algorithm })
    }

    pub(crate) fn secret(secret: &SecretString) -> Result<Self, Invalid> {
        let bytes = secret.expose_secret().as_bytes();
        if bytes.len() < SECRET_BYTES {
            let why = format!("must be at least {SECRET_BYTES} bytes long");
            return Err(Invalid::new("SPOTTER_JWT_SECRET", why));
        }
        Ok(Self::Fixed {
            key: DecodingKey::from_secret(bytes),
            algorithm: Jwa::HS256,
        })
    }

    pub(crate) fn pem(pem: &SecretString, wanted: Option<Algorithm>) -> Result<Self, Invalid> {
        let invalid = |why| Invalid::new("SPOTTER_JWT_PUBLIC_KEY", why);
        let pem = pem.expose_secret();
        if pem.contains("PRIVATE KEY") {
            return Err(invalid("holds a private key, which belongs to the issuer alone"));
        }
        let Some((key, algorithm)) = public_key(pem.as_bytes()) else {
            return Err(invalid("is not a public key as PEM: Ed25519, P-256 or RSA"));
        };
        if wanted.is_some_and(|wanted| wanted.jwa() != algorithm) {
            return Err(Invalid::new(
                "SPOTTER_JWT_ALGORITHM",
                "is not the algorithm of SPOTTER_JWT_PUBLIC_KEY",
            ));
        }
        Ok(Self::Fixed { key, algorithm })
    }
}

impl Algorithm {
    pub(crate) fn jwa(self) -> Jwa {
        match self {
            Self::EdDsa => Jwa::EdDSA,
            Self::Es256 => Jwa::ES256,
            Self::Rs256 => Jwa::RS256,
        }
    }
}

fn public_key(pem: &[u8]) -> Option<(DecodingKey, Jwa)> {
    if let Ok(key) = DecodingKey::from_ed_pem(pem) {
        return Some((key, Jwa::EdDSA));
    }
    if let Ok(key) = DecodingKey::from_ec_pem(pem) {
        let p256 = key
            .try_get_as_bytes()
            .is_ok_and(|point| point.len() == P256_POINT_BYTES);
        return p256.then_some((key, Jwa::ES256));
    }
    DecodingKey::from_rsa_pem(pem).ok().map(|key| (key, Jwa::RS256))
}
