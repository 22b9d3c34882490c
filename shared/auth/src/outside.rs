//! What reads an issuer's words, in the open for `fuzz/`.

/// How many keys of a published set can be used, if any.
pub fn key_set(body: &[u8]) -> Option<usize> {
    let keys = crate::jwks::read(body, None).ok()?;
    Some(keys.len())
}
