//! The issuer's published keys, fetched in the background and kept when the issuer is away.

use std::{collections::HashMap, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use boot::{Invalid, Lifecycle, Probe};
use jsonwebtoken::{
    Algorithm as Jwa, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use tracing::{info, warn};

use crate::Algorithm;

/// One fetch may take this long, and a token with an unknown key waits no longer for it.
const FETCH_WITHIN: Duration = Duration::from_secs(3);
/// How often unknown keys may cause a fetch, whatever clients send.
const UNKNOWN_EVERY: Duration = Duration::from_mins(5);
/// How soon a key that the issuer withdrew is forgotten.
const REFRESH_EVERY: Duration = Duration::from_mins(15);
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(30);
/// No honest key set is larger.
const BODY_BYTES: usize = 256 * 1024;
const KEYS: usize = 100;

/// The keys of one fetch, all for one algorithm.
pub(crate) struct KeySet {
    pub(crate) algorithm: Jwa,
    named: HashMap<String, DecodingKey>,
    unnamed: Vec<DecodingKey>,
}

impl KeySet {
    pub(crate) fn len(&self) -> usize {
        self.named.len() + self.unnamed.len()
    }

    /// The key a token names. One without a name means the only key there is.
    fn find(&self, kid: Option<&str>) -> Option<&DecodingKey> {
        match kid {
            Some(kid) => self.named.get(kid),
            None => match (self.unnamed.as_slice(), self.named.len()) {
                ([only], 0) => Some(only),
                ([], 1) => self.named.values().next(),
                _ => None,
            },
        }
    }
}

/// What [`Jwks::key`] found.
pub(crate) enum Found {
    Key(DecodingKey, Jwa),
    /// The issuer has no such key.
    Unknown,
    /// No key set could be fetched yet.
    NotLoaded,
}

/// The latest key set; clones share it.
#[derive(Clone)]
pub(crate) struct Jwks {
    shared: Arc<Shared>,
}

struct Shared {
    /// Written by the fetching task alone.
    keys: ArcSwapOption<KeySet>,
    /// Rung by a token with an unknown key, answered at most every [`UNKNOWN_EVERY`].
    unknown: Notify,
    /// When unknown keys may cause a fetch again; written by the fetching task.
    quiet_until: watch::Sender<Option<Instant>>,
}

impl Jwks {
    /// Begins to fetch on a task of `life`, which is not ready before the first success.
    pub(crate) fn start(
        url: reqwest::Url,
        algorithm: Option<Algorithm>,
        life: &Lifecycle,
    ) -> Result<Self, Invalid> {
        boot::install_tls();
        let http = reqwest::Client::builder()
            .timeout(FETCH_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("spotter")
            .build()
            .map_err(|error| Invalid::new("SPOTTER_JWT_JWKS_URL", error.to_string()))?;
        let shared = Arc::new(Shared {
            keys: ArcSwapOption::empty(),
            unknown: Notify::new(),
            quiet_until: watch::Sender::new(None),
        });
        let fetcher = Fetcher {
            http,
            url,
            pinned: algorithm.map(Algorithm::jwa),
            shared: shared.clone(),
            ready: life.health.probe("jwks"),
        };
        let hard = life.hard.clone();
        life.tasks.spawn("jwks", async move {
            hard.run_until_cancelled(fetcher.run()).await;
        });
        Ok(Self { shared })
    }

    /// Finds the key a token names; one that is not known may cause a fetch, and waits for it.
    pub(crate) async fn key(&self, kid: Option<&str>) -> Found {
        let found = self.look_up(kid);
        if !matches!(found, Found::Unknown) || kid.is_none() {
            return found;
        }
        let mut quiet = self.shared.quiet_until.subscribe();
        let may_fetch = quiet
            .borrow_and_update()
            .is_none_or(|until| Instant::now() >= until);
        if !may_fetch {
            return found;
        }
        self.shared.unknown.notify_one();
        // Whoever waits here shares one fetch; the next unknown key finds the quiet time begun.
        let _ = tokio::time::timeout(FETCH_WITHIN, quiet.changed()).await;
        self.look_up(kid)
    }

    fn look_up(&self, kid: Option<&str>) -> Found {
        match &*self.shared.keys.load() {
            None => Found::NotLoaded,
            Some(keys) => match keys.find(kid) {
                Some(key) => Found::Key(key.clone(), keys.algorithm),
                None => Found::Unknown,
            },
        }
    }
}

struct Fetcher {
    http: reqwest::Client,
    url: reqwest::Url,
    /// Set by configuration, else by the first key set; never changes afterwards.
    pinned: Option<Jwa>,
    shared: Arc<Shared>,
    ready: Probe,
}

impl Fetcher {
    async fn run(mut self) {
        let mut retry = RETRY_FIRST;
        while !self.fetch().await {
            tokio::time::sleep(retry).await;
            retry = (retry * 2).min(RETRY_MAX);
        }
        self.ready.set(true);
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(REFRESH_EVERY) => false,
                () = self.shared.unknown.notified() => true,
            };
            let quiet = *self.shared.quiet_until.borrow();
            if asked && quiet.is_some_and(|until| Instant::now() < until) {
                continue;
            }
            self.fetch().await;
            if asked {
                self.shared
                    .quiet_until
                    .send_replace(Some(Instant::now() + UNKNOWN_EVERY));
            }
        }
    }

    /// Replaces the keys, or keeps the old ones when that fails.
    async fn fetch(&mut self) -> bool {
        let keys = match self.download().await {
            Ok(body) => read(&body, self.pinned),
            Err(error) => Err(error),
        };
        match keys {
            Ok(keys) => {
                info!(keys = keys.len(), algorithm = ?keys.algorithm, "Fetched the issuer's keys");
                self.pinned = Some(keys.algorithm);
                self.shared.keys.store(Some(Arc::new(keys)));
                true
            }
            Err(error) => {
                warn!(
                    error = &*error as &dyn std::error::Error,
                    "Could not fetch the issuer's keys"
                );
                false
            }
        }
    }

    async fn download(&self) -> Result<Vec<u8>, boot::Error> {
        let fetch = async {
            let mut response = self.http.get(self.url.clone()).send().await?.error_for_status()?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > BODY_BYTES {
                    return Err("the key set is too large".into());
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body)
        };
        tokio::time::timeout(FETCH_WITHIN, fetch).await?
    }
}

/// Reads the keys of one algorithm; shared secrets, encryption keys and what is not understood are left out.
pub(crate) fn read(body: &[u8], pinned: Option<Jwa>) -> Result<KeySet, boot::Error> {
    #[derive(Deserialize)]
    struct Published {
        keys: Vec<Value>,
    }
    let published: Published = serde_json::from_slice(body)?;
    let mut usable = published
        .keys
        .into_iter()
        .take(KEYS)
        .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
        .filter_map(|jwk| Some((algorithm(&jwk)?, jwk)))
        .peekable();
    let Some(algorithm) = pinned.or_else(|| usable.peek().map(|(algorithm, _)| *algorithm)) else {
        return Err("the key set has no usable key".into());
    };
    let mut keys = KeySet {
        algorithm,
        named: HashMap::new(),
        unnamed: Vec::new(),
    };
    for (_, jwk) in usable.filter(|(each, _)| *each == algorithm) {
        let Ok(key) = DecodingKey::from_jwk(&jwk) else {
            continue;
        };
        match jwk.common.key_id {
            Some(kid) => drop(keys.named.insert(kid, key)),
            None => keys.unnamed.push(key),
        }
    }
    if keys.named.is_empty() && keys.unnamed.is_empty() {
        return Err(format!("the key set has no key for {algorithm:?}").into());
    }
    Ok(keys)
}

/// The one algorithm a published key is good for here.
fn algorithm(jwk: &Jwk) -> Option<Jwa> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let (jwa, named) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Jwa::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Jwa::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Jwa::RS256, KeyAlgorithm::RS256),
        _ => return None,
    };
    jwk.common
        .key_algorithm
        .is_none_or(|algorithm| algorithm == named)
        .then_some(jwa)
}
