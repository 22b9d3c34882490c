//! Tokens: any bytes, and any claims under a good signature.

use std::sync::LazyLock;

use auth::{Config, Revocations, Verifier};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use boot::Lifecycle;
use clap::Parser;
use futures_util::FutureExt as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::choice;

const SECRET: &str = "a secret of the issuer that has thirty-two bytes and more";

#[derive(Parser)]
struct Told {
    #[command(flatten)]
    auth: Config,
}

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let told = [
        "fuzz",
        "--jwt-secret",
        SECRET,
        "--jwt-issuer",
        "https://issuer.test",
        "--jwt-audience",
        "spotter",
    ];
    let config = Told::parse_from(told).auth;
    let (life, revocations) = (Lifecycle::default(), Revocations::default());
    Verifier::new(&config, revocations, &life)
        .now_or_never()
        .and_then(Result::ok)
        .expect("a verifier with a secret needs nobody")
});

pub fn run(bytes: &[u8]) {
    let (chosen, rest) = choice(bytes);
    if chosen.is_multiple_of(2) {
        let Ok(token) = std::str::from_utf8(rest) else {
            return;
        };
        assert!(verify(token).is_err(), "nobody but the issuer can sign: {token}");
    } else {
        let header = r#"{"alg":"HS256","typ":"JWT"}"#;
        if let Ok(identity) = verify(&signed(header.as_bytes(), rest)) {
            assert!(identity.issued_at <= identity.expires_at, "{identity:?}");
        }
        // The claims in the place of the header, signed as well.
        let _ = verify(&signed(rest, b"{}"));
    }
}

fn verify(token: &str) -> Result<auth::Identity, auth::Refused> {
    VERIFIER
        .verify(token)
        .now_or_never()
        .expect("a secret needs no fetch")
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key is one");
    mac.update(message.as_bytes());
    format!(
        "{message}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}
