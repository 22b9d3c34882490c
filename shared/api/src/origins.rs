//! The pages that may call: an exact list, never a pattern.

use std::{str::FromStr, sync::Arc};

use axum::http::{HeaderValue, Uri};

/// One origin as a browser writes it: `https://host[:port]`, lower case, nothing after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "each must be an origin such as https://app.example.com";
        let raw = raw.trim();
        let (scheme, host) = raw.split_once("://").ok_or(SHAPE)?;
        let exact = matches!(scheme, "https" | "http")
            && raw
                .parse::<Uri>()
                .is_ok_and(|uri| uri.authority().is_some_and(|authority| authority == host))
            && !host.contains(['@', '*', '/'])
            && host == host.to_ascii_lowercase();
        if !exact {
            return Err(SHAPE);
        }
        HeaderValue::from_str(raw).map(Self).map_err(|_| SHAPE)
    }
}

/// The allowed origins; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<[Origin]>);

impl Origins {
    pub fn new(origins: Vec<Origin>) -> Self {
        Self(origins.into())
    }

    /// Whether a page from `origin` may call.
    pub fn allows(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|allowed| allowed.0 == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exactly_the_listed_origins_may_call() {
        let origins = Origins::new(vec!["https://app.example.com".parse().unwrap()]);

        assert!(origins.allows(&HeaderValue::from_static("https://app.example.com")));
        for trick in [
            "null",
            "",
            "https://evil.example",
            "https://app.example.com.evil.example",
            "https://evilapp.example.com",
            "https://app.example.com:8443",
            "http://app.example.com",
            "https://app.example.com/",
            "https://APP.example.com",
        ] {
            assert!(!origins.allows(&HeaderValue::from_static(trick)), "{trick}");
        }
    }

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        for raw in [
            "",
            "null",
            "*",
            "https://*.example.com",
            "example.com",
            "https://a/",
            "https://A",
            "ftp://a",
        ] {
            assert!(raw.parse::<Origin>().is_err(), "{raw}");
        }
        assert!("http://localhost:5173".parse::<Origin>().is_ok());
        assert!("https://[::1]:7003".parse::<Origin>().is_ok());
    }
}
