//! What a token says, once its signature has been verified.

use protocol::{UserId, error::Role};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use crate::Refused;

/// How far the issuer's clock may be ahead of ours.
const CLOCK_SKEW: Duration = Duration::seconds(60);
/// A token is not believed longer than this after its end.
const EXPIRY_LEEWAY: Duration = Duration::seconds(2);

/// Whom a token speaks for, and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub user: UserId,
    pub role: Role,
    pub expires_at: OffsetDateTime,
    pub issued_at: OffsetDateTime,
}

/// Which claims hold the person and the role.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) subject: Vec<String>,
    pub(crate) role: Vec<String>,
}

/// What every token must say.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) names: Names,
    pub(crate) max_lifetime: Duration,
}

impl Expected {
    /// Reads verified claims. Every type is exact: a number is not read from a string.
    pub(crate) fn identity(
        &self,
        claims: &Map<String, Value>,
        now: OffsetDateTime,
    ) -> Result<Identity, Refused> {
        self.addressed_to_us(claims).ok_or(Refused::Invalid)?;
        let issued_at = instant(claims, "iat").ok_or(Refused::Invalid)?;
        let expires_at = instant(claims, "exp").ok_or(Refused::Invalid)?;
        let user = self.subject(claims).ok_or(Refused::Invalid)?;
        self.check_times(claims, issued_at, expires_at, now)?;
        let role = self.role(claims).ok_or(Refused::NoRole)?;
        Ok(Identity {
            user,
            role,
            expires_at,
            issued_at,
        })
    }

    fn addressed_to_us(&self, claims: &Map<String, Value>) -> Option<()> {
        let issuer = claims.get("iss")?.as_str()?;
        let for_us = match claims.get("aud")? {
            Value::String(audience) => *audience == self.audience,
            Value::Array(audiences) => {
                audiences.iter().all(Value::is_string)
                    && audiences
                        .iter()
                        .any(|audience| audience.as_str() == Some(&self.audience))
            }
            _ => false,
        };
        (issuer == self.issuer && for_us).then_some(())
    }

    fn check_times(
        &self,
        claims: &Map<String, Value>,
        issued_at: OffsetDateTime,
        expires_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), Refused> {
        let begun = match claims.get("nbf") {
            None => true,
            Some(_) => instant(claims, "nbf").is_some_and(|not_before| not_before <= now + CLOCK_SKEW),
        };
        let lifetime = expires_at - issued_at;
        let sensible = lifetime.is_positive() && lifetime <= self.max_lifetime;
        if !begun || !sensible || issued_at > now + CLOCK_SKEW {
            return Err(Refused::Invalid);
        }
        if now >= expires_at + EXPIRY_LEEWAY {
            return Err(Refused::Expired);
        }
        Ok(())
    }

    fn subject(&self, claims: &Map<String, Value>) -> Option<UserId> {
        let subject = self.names.subject.iter().find_map(|name| claims.get(name))?;
        subject.as_str()?.parse().ok()
    }

    fn role(&self, claims: &Map<String, Value>) -> Option<Role> {
        let known = |value: &Value| value.as_str().and_then(|role| role.parse().ok());
        match self.names.role.iter().find_map(|name| claims.get(name))? {
            Value::Array(roles) => roles.iter().find_map(known),
            role => known(role),
        }
    }
}

/// A `NumericDate`: seconds, perhaps with a fraction.
fn instant(claims: &Map<String, Value>, name: &str) -> Option<OffsetDateTime> {
    let Value::Number(seconds) = claims.get(name)? else {
        return None;
    };
    if let Some(seconds) = seconds.as_i64() {
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    let fraction = Duration::checked_seconds_f64(seconds.as_f64()?)?;
    OffsetDateTime::UNIX_EPOCH.checked_add(fraction)
}
