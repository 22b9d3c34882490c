//! Who asks: the token's person, how often they ask, and whether their role may use a call.

use auth::{Identity, Refused};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use protocol::{ErrorCode, error::Role};
use tracing::{Span, field::display};

use crate::{ClientAddress, Problem, stack::Gate};

/// Anybody with a valid token.
#[derive(Debug, Clone)]
pub struct Me(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Me {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // Two extractors of one handler are one request.
        if let Some(identity) = parts.extensions.get::<Identity>() {
            return Ok(Self(identity.clone()));
        }
        let Some(gate) = parts.extensions.get::<Gate>().cloned() else {
            return Err(Problem::internal(&NoStack));
        };
        let Ok(address) = ClientAddress::from_request_parts(parts, state).await;
        let identity = gate.admit(bearer(&parts.headers), address).await?;
        Span::current().record("user.id", display(identity.user));
        Span::current().record("user.role", identity.role.as_str());
        parts.extensions.insert(identity.clone());
        Ok(Self(identity))
    }
}

/// A route was served without [`crate::layer`].
#[derive(Debug)]
struct NoStack;

impl std::fmt::Display for NoStack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the routes were not wrapped in a stack")
    }
}

impl std::error::Error for NoStack {}

impl Gate {
    /// Verifies a token and takes one request from its person, or from the address when there is none.
    async fn admit(&self, token: Option<&str>, address: ClientAddress) -> Result<Identity, Problem> {
        match self.verifier().verify(token.unwrap_or_default()).await {
            Ok(identity) => {
                self.people()
                    .check(&identity.user)
                    .map_err(Problem::rate_limited)?;
                Ok(identity)
            }
            Err(Refused::Unavailable) => Err(Refused::Unavailable.into()),
            Err(refused) => {
                self.strangers()
                    .check(&address.key())
                    .map_err(Problem::rate_limited)?;
                Err(refused.into())
            }
        }
    }
}

/// Returns the token of `Authorization: Bearer`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

macro_rules! restricted {
    ($(#[$doc:meta])* $name:ident: $($role:pat_param)|+) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Identity);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
                let Me(identity) = Me::from_request_parts(parts, state).await?;
                match identity.role {
                    $($role)|+ => Ok(Self(identity)),
                    #[allow(unreachable_patterns, reason = "one macro for all roles")]
                    _ => Err(ErrorCode::Forbidden.into()),
                }
            }
        }
    };
}

restricted!(
    /// Somebody who has conversations: a trainer or a client.
    Person: Role::Trainer | Role::User
);
restricted!(
    /// A trainer.
    Trainer: Role::Trainer
);
restricted!(
    /// A client.
    User: Role::User
);
restricted!(
    /// A service of the platform.
    Platform: Role::Platform
);
