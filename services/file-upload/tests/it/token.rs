//! Tokens as the platform issues them, signed with a secret shared with the service.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use protocol::{UserId, error::Role};
use serde_json::json;
use sha2::Sha256;
use time::OffsetDateTime;

pub const SECRET: &str = "a secret of the platform, long enough for tokens";
pub const ISSUER: &str = "https://id.spotter.test";
pub const AUDIENCE: &str = "spotter";

pub fn of(person: UserId, role: Role) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": person, "role": role, "iat": now, "exp": now + 3_600,
    });
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(json!({"alg": "HS256", "typ": "JWT"})), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
