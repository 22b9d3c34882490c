//! Whose tokens are believed, and how they name people and roles.

use std::path::PathBuf;

use boot::Invalid;
use secrecy::SecretString;

use crate::{claims::Names, keys::Source};

const SUBJECT_CLAIMS: &str =
    "sub,nameid,http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
const ROLE_CLAIMS: &str = "role,http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

/// Tokens. Exactly one of JWKS, public key and secret says who may issue them.
#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Where the issuer publishes its keys as JWKS
    #[arg(long, env = "SPOTTER_JWT_JWKS_URL", value_name = "URL")]
    pub jwt_jwks_url: Option<String>,

    /// The algorithm of the JWKS' keys; by default that of its first usable key
    #[arg(long, env = "SPOTTER_JWT_ALGORITHM", value_enum)]
    pub jwt_algorithm: Option<Algorithm>,

    /// The issuer's public key as PEM: Ed25519, P-256 or RSA
    #[arg(
        long,
        env = "SPOTTER_JWT_PUBLIC_KEY",
        hide_env_values = true,
        value_name = "PEM",
        allow_hyphen_values = true
    )]
    pub jwt_public_key: Option<String>,

    /// A file with the issuer's public key as PEM
    #[arg(long, env = "SPOTTER_JWT_PUBLIC_KEY_FILE", value_name = "FILE")]
    pub jwt_public_key_file: Option<PathBuf>,

    /// A secret shared with the issuer, at least 32 bytes: HS256
    #[arg(
        long,
        env = "SPOTTER_JWT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub jwt_secret: Option<SecretString>,

    /// A file with the secret shared with the issuer
    #[arg(long, env = "SPOTTER_JWT_SECRET_FILE", value_name = "FILE")]
    pub jwt_secret_file: Option<PathBuf>,

    /// The `iss` that every token must carry
    #[arg(long, env = "SPOTTER_JWT_ISSUER")]
    pub jwt_issuer: String,

    /// The `aud` that every token must carry
    #[arg(long, env = "SPOTTER_JWT_AUDIENCE")]
    pub jwt_audience: String,

    /// Claims that may hold the person's id; the first present counts
    #[arg(long, env = "SPOTTER_JWT_SUBJECT_CLAIMS", default_value = SUBJECT_CLAIMS, value_delimiter = ',')]
    pub jwt_subject_claims: Vec<String>,

    /// Claims that may hold the role, one or a list; the first present counts
    #[arg(long, env = "SPOTTER_JWT_ROLE_CLAIMS", default_value = ROLE_CLAIMS, value_delimiter = ',')]
    pub jwt_role_claims: Vec<String>,

    /// The longest life of a token, seconds; a longer one is refused
    #[arg(long, env = "SPOTTER_JWT_MAX_LIFETIME_SECONDS", default_value_t = 86_400,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub jwt_max_lifetime_seconds: u32,
}

/// How tokens are signed.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    #[value(name = "EdDSA")]
    EdDsa,
    #[value(name = "ES256")]
    Es256,
    #[value(name = "RS256")]
    Rs256,
}

impl Config {
    /// Checks that exactly one kind of key is given and usable, without any connection.
    pub fn validate(&self) -> Result<(), Invalid> {
        self.source().map(drop)?;
        for (variable, value) in [
            ("SPOTTER_JWT_ISSUER", &self.jwt_issuer),
            ("SPOTTER_JWT_AUDIENCE", &self.jwt_audience),
        ] {
            if value.is_empty() {
                return Err(Invalid::new(variable, "is empty"));
            }
        }
        for (variable, names) in [
            ("SPOTTER_JWT_SUBJECT_CLAIMS", &self.jwt_subject_claims),
            ("SPOTTER_JWT_ROLE_CLAIMS", &self.jwt_role_claims),
        ] {
            if names.iter().any(|name| name.trim().is_empty()) {
                return Err(Invalid::new(variable, "has an empty name"));
            }
        }
        Ok(())
    }

    pub(crate) fn source(&self) -> Result<Source, Invalid> {
        const PEM: &str = "SPOTTER_JWT_PUBLIC_KEY";
        const SECRET: &str = "SPOTTER_JWT_SECRET";
        let pem = self.jwt_public_key.clone().map(SecretString::from);
        let pem = boot::secret(PEM, &pem, &self.jwt_public_key_file)?;
        let secret = boot::secret(SECRET, &self.jwt_secret, &self.jwt_secret_file)?;
        match (&self.jwt_jwks_url, pem, secret) {
            (Some(url), None, None) => Source::jwks(url, self.jwt_algorithm),
            (None, Some(pem), None) => Source::pem(&pem, self.jwt_algorithm),
            (None, None, Some(secret)) => Source::secret(&secret),
            _ => Err(Invalid::new(
                "SPOTTER_JWT_JWKS_URL",
                format!(
                    "give exactly one of SPOTTER_JWT_JWKS_URL, {PEM} and {SECRET} (the last two also as _FILE)"
                ),
            )),
        }
    }

    pub(crate) fn names(&self) -> Names {
        let trimmed = |names: &[String]| names.iter().map(|name| name.trim().to_owned()).collect();
        Names {
            subject: trimmed(&self.jwt_subject_claims),
            role: trimmed(&self.jwt_role_claims),
        }
    }
}
