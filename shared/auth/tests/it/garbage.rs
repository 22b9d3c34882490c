//! No bytes make a verifier panic or believe.

use std::sync::LazyLock;

use auth::Verifier;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::FutureExt as _;
use proptest::prelude::*;

use crate::issuer::{Issuer, claims};

static ISSUER: LazyLock<Issuer> = LazyLock::new(Issuer::ed25519);
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| ISSUER.verifier(&[]).now_or_never().unwrap());

fn refused(token: &str) -> bool {
    VERIFIER.verify(token).now_or_never().unwrap().is_err()
}

proptest! {
    #[test]
    fn garbage_is_refused(token in ".{0,300}") {
        prop_assert!(refused(&token));
    }

    #[test]
    fn three_parts_of_anything_are_refused(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 3)) {
        let parts: Vec<_> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
        prop_assert!(refused(&parts.join(".")));
    }

    #[test]
    fn headers_of_any_json_are_refused(alg in ".{0,12}", kid in ".{0,40}", typ in ".{0,12}") {
        let header = serde_json::json!({"alg": alg, "kid": kid, "typ": typ, "jwk": {"kty": kid}});
        let signature = URL_SAFE_NO_PAD.encode([0; 64]);
        let token = [crate::issuer::message(&header, &claims()), signature].join(".");
        prop_assert!(refused(&token));
    }

    #[test]
    fn one_changed_character_is_refused(place in 0_usize..1000, with in "[A-Za-z0-9_.-]") {
        let token = ISSUER.token(&claims());
        let place = place % token.len();
        prop_assume!(token[place..=place] != with);
        let changed = format!("{}{with}{}", &token[..place], &token[place + 1..]);
        // The last character of a part may carry bits that mean nothing: then nothing was changed.
        prop_assert!(refused(&changed) || decoded(&changed) == decoded(&token));
    }
}

fn decoded(token: &str) -> Vec<Option<Vec<u8>>> {
    let lenient = base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent);
    let engine = base64::engine::GeneralPurpose::new(&base64::alphabet::URL_SAFE, lenient);
    token.split('.').map(|part| engine.decode(part).ok()).collect()
}
