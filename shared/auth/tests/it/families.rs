//! One pinned algorithm per configuration, and no way to configure a weak one.

use std::fs;

use auth::Refused;
use jsonwebtoken::{Algorithm, EncodingKey, Header};

use crate::issuer::{Issuer, claims, refusal, verifier};

const SECRET: &str = "thirty-two-bytes-are-just-enough";

#[tokio::test]
async fn each_family_believes_its_own_tokens_and_no_other_familys() {
    let issuers = [Issuer::ed25519(), Issuer::p256(), Issuer::rsa()];

    for trusted in &issuers {
        let verifier = trusted.verifier(&[]).await;
        for issuer in &issuers {
            let outcome = verifier.verify(&issuer.token(&claims())).await;
            assert_eq!(outcome.is_ok(), issuer.algorithm == trusted.algorithm);
        }
    }
}

#[tokio::test]
async fn a_shared_secret_pins_hs256() {
    let verifier = verifier(&["--jwt-secret", SECRET]).await.unwrap();
    let sign = |algorithm, secret: &str| {
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&Header::new(algorithm), &claims(), &key).unwrap()
    };

    assert!(verifier.verify(&sign(Algorithm::HS256, SECRET)).await.is_ok());
    for token in [
        sign(Algorithm::HS384, SECRET),
        sign(Algorithm::HS512, SECRET),
        sign(Algorithm::HS256, "another-secret-of-thirty-two-byte"),
        Issuer::ed25519().token(&claims()),
    ] {
        assert_eq!(refusal(verifier.verify(&token).await), Refused::Invalid);
    }
}

#[tokio::test]
async fn a_stronger_algorithm_of_the_same_family_is_not_the_pinned_one() {
    let issuer = Issuer::rsa();
    let verifier = issuer.verifier(&[]).await;

    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        let token = jsonwebtoken::encode(&Header::new(algorithm), &claims(), &issuer.key).unwrap();
        assert_eq!(
            refusal(verifier.verify(&token).await),
            Refused::Invalid,
            "{algorithm:?}"
        );
    }
}

#[tokio::test]
async fn keys_may_come_from_files() {
    let issuer = Issuer::p256();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("key.pem");
    fs::write(&file, &issuer.public_pem).unwrap();

    let verifier = verifier(&["--jwt-public-key-file", file.to_str().unwrap()])
        .await
        .unwrap();

    assert!(verifier.verify(&issuer.token(&claims())).await.is_ok());
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "a table of mistakes is as long as the mistakes"
)]
async fn keys_that_cannot_be_used_are_told_at_the_start() {
    let private = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519)
        .unwrap()
        .serialize_pem();
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)
        .unwrap()
        .public_key_pem();
    let ed25519 = Issuer::ed25519().public_pem;
    for (flags, said) in [
        (vec![], "SPOTTER_JWT_JWKS_URL: give exactly one of"),
        (
            vec!["--jwt-secret", SECRET, "--jwt-jwks-url=https://a"],
            "SPOTTER_JWT_JWKS_URL: give exactly one of",
        ),
        (
            vec!["--jwt-secret", SECRET, "--jwt-public-key", &ed25519],
            "SPOTTER_JWT_JWKS_URL: give exactly one of",
        ),
        (
            vec!["--jwt-secret=short"],
            "SPOTTER_JWT_SECRET: must be at least 32 bytes long",
        ),
        (vec!["--jwt-secret="], "SPOTTER_JWT_SECRET: is empty"),
        (
            vec!["--jwt-secret-file=/none"],
            "SPOTTER_JWT_SECRET: SPOTTER_JWT_SECRET_FILE /none cannot be read",
        ),
        (
            vec!["--jwt-public-key=nonsense"],
            "SPOTTER_JWT_PUBLIC_KEY: is not a public key",
        ),
        (
            vec!["--jwt-public-key", &p384],
            "SPOTTER_JWT_PUBLIC_KEY: is not a public key",
        ),
        (
            vec!["--jwt-public-key", &private],
            "SPOTTER_JWT_PUBLIC_KEY: holds a private key",
        ),
        (
            vec!["--jwt-public-key", &ed25519, "--jwt-algorithm=RS256"],
            "SPOTTER_JWT_ALGORITHM: is not",
        ),
        (
            vec!["--jwt-jwks-url=keys.json"],
            "SPOTTER_JWT_JWKS_URL: is not a URL",
        ),
        (
            vec!["--jwt-jwks-url=file:///etc/passwd"],
            "SPOTTER_JWT_JWKS_URL: must begin with",
        ),
        (
            vec!["--jwt-secret", SECRET, "--jwt-role-claims=a,,b"],
            "SPOTTER_JWT_ROLE_CLAIMS: has an empty name",
        ),
        (
            vec!["--jwt-secret", SECRET, "--jwt-subject-claims="],
            "SPOTTER_JWT_SUBJECT_CLAIMS: has an empty name",
        ),
    ] {
        let Err(invalid) = verifier(&flags).await else {
            panic!("started with {flags:?}")
        };
        assert!(invalid.to_string().starts_with(said), "{invalid} is not {said}");
    }
}
