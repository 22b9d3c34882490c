//! What an issuer publishes as its keys.

pub fn run(bytes: &[u8]) {
    if let Some(keys) = auth::outside::key_set(bytes) {
        assert!((1..=100).contains(&keys), "{keys} keys");
    }
}
