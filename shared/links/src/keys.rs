use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use boot::Invalid;
use hmac::{Hmac, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::Config;

type HmacSha256 = Hmac<Sha256>;

const VARIABLE: &str = "SPOTTER_FILE_LINK_KEYS";
const KEY_BYTES: usize = 32;
const MOST_KEYS: usize = 2;

/// The signing key and the one before it, which still verifies while keys are changed.
pub struct Keys {
    first: HmacSha256,
    second: Option<HmacSha256>,
}

impl Keys {
    pub fn read(config: &Config) -> Result<Self, Invalid> {
        let raw = boot::secret(VARIABLE, &config.file_link_keys, &config.file_link_keys_file)?
            .ok_or_else(|| invalid("is required"))?;
        Self::parse(raw.expose_secret())
    }

    fn parse(raw: &str) -> Result<Self, Invalid> {
        let mut keys = raw.split(',').map(parse_key);
        let first = keys.next().ok_or_else(|| invalid("is empty"))??;
        let second = keys.next().transpose()?;
        if keys.next().is_some() {
            return Err(invalid(&format!("holds more than {MOST_KEYS} keys")));
        }
        Ok(Self { first, second })
    }

    pub fn sign(&self, words: &str) -> [u8; 32] {
        let mut mac = self.first.clone();
        mac.update(words.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub fn verify(&self, words: &str, signature: &[u8]) -> bool {
        std::iter::once(&self.first)
            .chain(&self.second)
            .any(|key| key.clone().chain_update(words).verify_slice(signature).is_ok())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

fn parse_key(raw: &str) -> Result<HmacSha256, Invalid> {
    let raw = raw.trim();
    let alphabet = if raw.contains(['-', '_']) {
        &URL_SAFE
    } else {
        &STANDARD
    };
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(alphabet, padding)
        .decode(raw)
        .map_err(|_| invalid("a key is not base64"))?;
    if bytes.len() < KEY_BYTES {
        return Err(invalid(&format!("a key is shorter than {KEY_BYTES} bytes")));
    }
    HmacSha256::new_from_slice(&bytes).map_err(|_| invalid("a key cannot be used"))
}

/// Never repeats the value: it is a secret.
fn invalid(why: &str) -> Invalid {
    Invalid::new(VARIABLE, why)
}
