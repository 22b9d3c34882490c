//! Every way to get in without a right to, and what each hears.

use std::time::Duration;

use auth::Refused;
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};
use protocol::{ErrorCode, error::Role};
use serde_json::{Value, json};

use crate::issuer::{Issuer, SUBJECT, claims, config, message, refusal, seconds_from_now, with};

#[tokio::test]
async fn an_honest_token_says_who_it_is_for() {
    let issuer = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let claims = claims();

    let identity = verifier.verify(&issuer.token(&claims)).await.unwrap();

    assert_eq!(
        (identity.user.to_string(), identity.role),
        (SUBJECT.to_owned(), Role::Trainer)
    );
    assert_eq!(json!(identity.issued_at.unix_timestamp()), claims["iat"]);
    assert_eq!(json!(identity.expires_at.unix_timestamp()), claims["exp"]);
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of attacks is as long as the attacks"
)]
async fn every_forged_or_foreign_token_is_refused() {
    let issuer = Issuer::ed25519();
    let stranger = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let good = issuer.token(&claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let secret = EncodingKey::from_secret(issuer.public_pem.as_bytes());
    let confused = message(&json!({"alg": "HS256", "typ": "JWT"}), &claims());
    let confused = format!(
        "{confused}.{}",
        sign(confused.as_bytes(), &secret, Algorithm::HS256).unwrap()
    );
    let unsigned = |alg: &str| format!("{}.", message(&json!({"alg": alg}), &claims()));
    let mut swapped = message(
        &json!({"alg": "EdDSA", "typ": "JWT"}),
        &with("role", json!("Platform")),
    );
    swapped = format!("{swapped}.{signature}");
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});

    for (attack, token, refused) in [
        ("no token", String::new(), Refused::Missing),
        ("garbage", "garbage".to_owned(), Refused::Invalid),
        ("two parts", signed.to_owned(), Refused::Invalid),
        (
            "an encrypted token's five parts",
            format!("{good}.a.b"),
            Refused::Invalid,
        ),
        ("dots", "..".to_owned(), Refused::Invalid),
        ("alg none", unsigned("none"), Refused::Invalid),
        ("alg None", unsigned("None"), Refused::Invalid),
        ("no signature", format!("{signed}."), Refused::Invalid),
        ("other claims under a true signature", swapped, Refused::Invalid),
        (
            "HS256 with the public key as the secret",
            confused,
            Refused::Invalid,
        ),
        ("another's key", stranger.token(&claims()), Refused::Invalid),
        (
            "another family",
            Issuer::p256().token(&claims()),
            Refused::Invalid,
        ),
        (
            "an embedded key",
            stranger.token_with(json!({"jwk": jwk}), &claims()),
            Refused::Invalid,
        ),
        (
            "a key to fetch",
            stranger.token_with(json!({"jku": "http://127.0.0.1:1/jwks"}), &claims()),
            Refused::Invalid,
        ),
        (
            "a certificate to fetch",
            stranger.token_with(json!({"x5u": "http://127.0.0.1:1/x"}), &claims()),
            Refused::Invalid,
        ),
        (
            "an embedded certificate",
            stranger.token_with(json!({"x5c": ["MIIB"]}), &claims()),
            Refused::Invalid,
        ),
        (
            "a hostile kid",
            stranger.token_with(json!({"kid": "../../dev/null' or 1=1"}), &claims()),
            Refused::Invalid,
        ),
        (
            "a kid of the wrong type",
            issuer.token_with(json!({"kid": 7}), &claims()),
            Refused::Invalid,
        ),
        (
            "a critical extension",
            issuer.token_with(json!({"crit": ["b64"], "b64": false}), &claims()),
            Refused::Invalid,
        ),
        (
            "a token of another kind",
            issuer.token_with(json!({"typ": "logout+jwt"}), &claims()),
            Refused::Invalid,
        ),
        (
            "a token over 4 KiB",
            issuer.token(&with("pad", json!("x".repeat(4096)))),
            Refused::Invalid,
        ),
        (
            "claims that are no object",
            issuer.token(&json!([1, 2])),
            Refused::Invalid,
        ),
    ] {
        assert_eq!(refusal(verifier.verify(&token).await), refused, "{attack}");
    }
}

#[tokio::test]
async fn a_true_signature_does_not_excuse_the_claims() {
    let issuer = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let day = 86_400;
    let mut cases = vec![
        ("exp", seconds_from_now(-10), Refused::Invalid),
        ("exp", json!("2099-01-01"), Refused::Invalid),
        ("exp", json!(seconds_from_now(60).to_string()), Refused::Invalid),
        ("exp", json!(-1), Refused::Invalid),
        ("exp", json!(1e300), Refused::Invalid),
        ("exp", json!(u64::MAX), Refused::Invalid),
        ("exp", seconds_from_now(day + 60), Refused::Invalid),
        ("iat", seconds_from_now(120), Refused::Invalid),
        ("iat", seconds_from_now(-day), Refused::Invalid),
        ("iat", json!("now"), Refused::Invalid),
        ("iat", json!(true), Refused::Invalid),
        ("nbf", seconds_from_now(120), Refused::Invalid),
        ("nbf", json!("now"), Refused::Invalid),
        ("iss", json!("https://evil.example"), Refused::Invalid),
        ("iss", json!("https://id.spotter.test/"), Refused::Invalid),
        ("iss", json!(["https://id.spotter.test"]), Refused::Invalid),
        ("iss", json!(1), Refused::Invalid),
        ("aud", json!("spotter-admin"), Refused::Invalid),
        ("aud", json!(["other"]), Refused::Invalid),
        ("aud", json!(["spotter", 1]), Refused::Invalid),
        ("aud", json!({"spotter": true}), Refused::Invalid),
        ("aud", json!([]), Refused::Invalid),
        ("sub", json!("tom"), Refused::Invalid),
        ("sub", json!(7), Refused::Invalid),
        ("sub", json!([SUBJECT]), Refused::Invalid),
        ("sub", json!(""), Refused::Invalid),
        ("role", json!("Admin"), Refused::NoRole),
        ("role", json!("trainer"), Refused::NoRole),
        ("role", json!([]), Refused::NoRole),
        ("role", json!({"Trainer": 1}), Refused::NoRole),
    ];
    cases.extend(["exp", "iat", "iss", "aud", "sub"].map(|claim| (claim, Value::Null, Refused::Invalid)));
    cases.push(("role", Value::Null, Refused::NoRole));

    for (claim, value, refused) in cases {
        let token = issuer.token(&with(claim, value.clone()));
        assert_eq!(refusal(verifier.verify(&token).await), refused, "{claim} {value}");
    }
}

#[tokio::test]
async fn an_expired_token_is_told_so_only_when_it_was_true() {
    let issuer = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let mut claims = with("iat", seconds_from_now(-100));
    claims["exp"] = seconds_from_now(-10);

    let expired = refusal(verifier.verify(&issuer.token(&claims)).await);
    let forged = refusal(verifier.verify(&Issuer::ed25519().token(&claims)).await);
    claims["aud"] = json!("other");
    let foreign = refusal(verifier.verify(&issuer.token(&claims)).await);

    assert_eq!(
        (expired, forged, foreign),
        (Refused::Expired, Refused::Invalid, Refused::Invalid)
    );
}

#[tokio::test]
async fn what_issuers_honestly_differ_in_is_taken() {
    let issuer = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let fraction = seconds_from_now(0).as_i64().unwrap();

    for (claim, value) in [
        ("aud", json!(["other", "spotter"])),
        ("iat", seconds_from_now(30)),
        ("iat", serde_json::from_str(&format!("{fraction}.25")).unwrap()),
        ("nbf", seconds_from_now(-5)),
        ("role", json!(["Admin", "Trainer", "User"])),
        ("anything", json!({"deep": [1, 2, 3]})),
    ] {
        let token = issuer.token(&with(claim, value.clone()));
        assert_eq!(
            verifier.verify(&token).await.map(|identity| identity.role),
            Ok(Role::Trainer),
            "{claim} {value}"
        );
    }
    for header in [json!({}), json!({"typ": "at+JWT"}), json!({"kid": "any"})] {
        assert!(
            verifier
                .verify(&issuer.token_with(header.clone(), &claims()))
                .await
                .is_ok(),
            "{header}"
        );
    }
}

#[tokio::test]
async fn claims_may_have_the_names_of_aspnet() {
    let issuer = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let base = with("sub", Value::Null);

    for (subject, role) in [
        ("nameid", "role"),
        (
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
        ),
    ] {
        let mut claims = base.clone();
        claims.as_object_mut().unwrap().remove("role");
        claims[subject] = json!(SUBJECT);
        claims[role] = json!("User");
        let identity = verifier.verify(&issuer.token(&claims)).await.unwrap();
        assert_eq!(
            (identity.user.to_string(), identity.role),
            (SUBJECT.to_owned(), Role::User)
        );
    }
}

#[tokio::test]
async fn claim_names_and_the_longest_life_are_configured() {
    let issuer = Issuer::ed25519();
    let flags = [
        "--jwt-subject-claims=uid, oid",
        "--jwt-role-claims=kind",
        "--jwt-max-lifetime-seconds=7200",
    ];
    let verifier = issuer.verifier(&flags).await;
    let mut claims = claims();
    claims["oid"] = json!(uuid::Uuid::nil());
    claims["kind"] = json!("Platform");

    let identity = verifier.verify(&issuer.token(&claims)).await.unwrap();
    claims["exp"] = seconds_from_now(7300);
    let too_long = refusal(verifier.verify(&issuer.token(&claims)).await);

    assert_eq!(
        (identity.user.0, identity.role),
        (uuid::Uuid::nil(), Role::Platform)
    );
    assert_eq!(too_long, Refused::Invalid);
}

#[tokio::test]
async fn a_refusal_costs_little() {
    let issuer = Issuer::ed25519();
    let verifier = issuer.verifier(&[]).await;
    let forged = Issuer::ed25519().token(&claims());
    let nested = format!(
        "{}.a",
        message(&json!({"alg": "EdDSA"}), &json!("[".repeat(2900)))
    );
    assert!(nested.len() < 4096);

    for token in [
        forged,
        nested,
        "a.".repeat(2000),
        ".".repeat(4000),
        "A".repeat(4096),
        "A".repeat(1 << 20),
    ] {
        let rounds = 50;
        let began = processor_time();
        for _ in 0..rounds {
            refusal(verifier.verify(&token).await);
        }
        let each = processor_time().saturating_sub(began) / rounds;
        assert!(each.as_millis() < 5, "{each:?} for {} bytes", token.len());
    }
}

/// Of this thread, on which the test's runtime does everything.
fn processor_time() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.try_into().unwrap()
}

#[tokio::test]
async fn refusals_are_codes_that_clients_know() {
    for (refused, code) in [
        (Refused::Missing, ErrorCode::Unauthenticated),
        (Refused::Invalid, ErrorCode::Unauthenticated),
        (Refused::Revoked, ErrorCode::Unauthenticated),
        (Refused::Expired, ErrorCode::TokenExpired),
        (Refused::NoRole, ErrorCode::Forbidden),
        (Refused::Unavailable, ErrorCode::Unavailable),
    ] {
        assert_eq!(refused.code(), code);
    }
}

#[test]
fn what_a_person_is_told_of_the_configuration_shows_no_secret() {
    let shown = format!(
        "{:?}",
        config(&["--jwt-secret=this-is-a-very-long-and-secret-secret"])
    );

    assert!(!shown.contains("secret-secret"), "{shown}");
}
