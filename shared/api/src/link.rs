//! `Link` headers (RFC 8288) for pages of a list.

use std::fmt::Display;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponseParts, ResponseParts},
};

/// The pages before and after the one that is answered. Without any, no header is sent.
#[derive(Debug, Clone, Default)]
pub struct Link(Vec<String>);

impl Link {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `<path?pairs>; rel="rel"`; values are percent-encoded.
    #[must_use]
    pub fn to(mut self, rel: &str, path: &str, pairs: &[(&str, &dyn Display)]) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            query.append_pair(name, &value.to_string());
        }
        self.0.push(format!("<{path}?{}>; rel=\"{rel}\"", query.finish()));
        self
    }

    /// Adds rel next.
    #[must_use]
    pub fn next(self, path: &str, pairs: &[(&str, &dyn Display)]) -> Self {
        self.to("next", path, pairs)
    }

    /// Adds rel prev.
    #[must_use]
    pub fn prev(self, path: &str, pairs: &[(&str, &dyn Display)]) -> Self {
        self.to("prev", path, pairs)
    }

    pub fn header(&self) -> Option<HeaderValue> {
        let text = self.0.join(", ");
        (!text.is_empty())
            .then(|| HeaderValue::from_str(&text).ok())
            .flatten()
    }
}

impl IntoResponseParts for Link {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Some(value) = self.header() {
            response.headers_mut().insert(header::LINK, value);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_named_and_values_cannot_break_out() {
        let link = Link::new()
            .prev("/api/x", &[("before", &812), ("q", &"a>; rel=\"next\"\r\n")])
            .next("/api/x", &[("after", &900)]);

        assert_eq!(
            link.header().unwrap(),
            "</api/x?before=812&q=a%3E%3B+rel%3D%22next%22%0D%0A>; rel=\"prev\", </api/x?after=900>; rel=\"next\""
        );
        assert!(Link::new().header().is_none());
    }
}
