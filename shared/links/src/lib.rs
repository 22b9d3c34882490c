//! Signed links to files. Who holds a link may read the file until the link expires, so that a
//! browser can show an image without a token; file-upload and chat-history alone know the keys.

mod config;
mod keys;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use boot::Invalid;
use protocol::{FileId, file::Variant};
use time::OffsetDateTime;

pub use config::Config;
use keys::Keys;

/// Why a link does not open its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the link has expired")]
    Expired,
    #[error("the link's signature is wrong")]
    Bad,
}

/// What a link carries besides the file it opens.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Signed {
    /// Seconds since 1970.
    pub exp: i64,
    pub sig: String,
}

/// Signs and verifies links. Cheap to share behind an `Arc`; holds nothing that changes.
#[derive(Debug)]
pub struct Links {
    /// Without a slash at its end.
    public_url: String,
    keys: Keys,
}

impl Links {
    pub fn new(config: &Config) -> Result<Self, Invalid> {
        Ok(Self {
            public_url: public_url(&config.public_url)?,
            keys: Keys::read(config)?,
        })
    }

    /// The absolute address of a file in one size, readable until [`Links::expiry`].
    pub fn sign(&self, file: FileId, variant: Variant, now: OffsetDateTime) -> String {
        let exp = Self::expiry(now);
        let sig = URL_SAFE_NO_PAD.encode(self.keys.sign(&signed_words(file, variant, exp)));
        format!(
            "{}/api/files/{file}/{}?exp={exp}&sig={sig}",
            self.public_url,
            variant.as_str()
        )
    }

    /// Checks a link. A wrong signature is told before an expired one, so that
    /// an `exp` somebody made up says nothing.
    pub fn verify(
        &self,
        file: FileId,
        variant: Variant,
        signed: &Signed,
        now: OffsetDateTime,
    ) -> Result<(), Refused> {
        let sig = URL_SAFE_NO_PAD.decode(&signed.sig).map_err(|_| Refused::Bad)?;
        if !self.keys.verify(&signed_words(file, variant, signed.exp), &sig) {
            return Err(Refused::Bad);
        }
        if signed.exp <= now.unix_timestamp() {
            return Err(Refused::Expired);
        }
        Ok(())
    }

    /// The end of the next full hour, in seconds since 1970: links made within one hour are equal,
    /// so that caches hit, and each lives for at least an hour.
    pub fn expiry(now: OffsetDateTime) -> i64 {
        const HOUR: i64 = 3_600;
        (now.unix_timestamp().div_euclid(HOUR) + 2) * HOUR
    }
}

/// What the signature covers. The first word keeps it apart from anything else the keys may sign.
fn signed_words(file: FileId, variant: Variant, exp: i64) -> String {
    format!("spotter-file-link-1\n{file}\n{}\n{exp}", variant.as_str())
}

fn public_url(raw: &str) -> Result<String, Invalid> {
    let invalid = |why| Invalid::new("SPOTTER_PUBLIC_URL", why);
    let trimmed = raw.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"))
        .ok_or_else(|| invalid("must start with https:// or http://"))?;
    if host.is_empty()
        || host.contains(|c: char| c.is_whitespace() || c.is_control() || "?#@\"\\".contains(c))
    {
        return Err(invalid("must be an address without query, fragment or user"));
    }
    Ok(trimmed.to_owned())
}

#[cfg(test)]
mod tests;
