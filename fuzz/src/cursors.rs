//! Where a page begins, and the queries that say so.

use std::{fmt::Display, str::FromStr};

use axum::http::Uri;
use chat_history::{conversations, search};
use trainer_roster::outside::listing;

pub fn run(bytes: &[u8]) {
    let Ok(raw) = std::str::from_utf8(bytes) else {
        return;
    };
    written_again::<conversations::Cursor>(raw);
    written_again::<search::Cursor>(raw);
    if let Ok(uri) = format!("/api/trainer/clients?{raw}").parse::<Uri>()
        && let Some(listing) = listing(&uri)
    {
        assert!((2..=1_001).contains(&listing.rows()), "{}", listing.rows());
        if let Some(place) = listing.after {
            let (at, id) = (place.activity_at.unix_timestamp_nanos() / 1_000, place.id);
            let again = format!("/?after={at}.{id}")
                .parse()
                .ok()
                .and_then(|uri| self::listing(&uri));
            assert_eq!(again.and_then(|listing| listing.after), Some(place));
        }
    }
}

fn written_again<T: FromStr + Display + PartialEq>(raw: &str) {
    if let Ok(read) = raw.parse::<T>() {
        assert!(
            read.to_string().parse().is_ok_and(|again: T| again == read),
            "{raw}"
        );
    }
}
