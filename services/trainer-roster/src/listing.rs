//! Pages of contacts: latest activity first, then by id. The cursor is the place after which the next
//! page begins, so no page repeats a line of an earlier one. Who becomes active while someone pages
//! moves to the front of the list.

use api::{Json, Link};
use axum::response::{IntoResponse, Response};
use protocol::{
    UserId,
    error::Role,
    http::{Contact, List},
};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Error, fold};

/// Lines of a page, at most and unless told: a front end that does not page shows everyone.
const LINES: u32 = 1_000;
const SEARCH_CHARS: usize = 200;

/// The query of a list, as it comes.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    search: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

/// What to list.
#[derive(Debug)]
pub struct Listing {
    search: String,
    pub patterns: Vec<String>,
    pub after: Option<Place>,
    limit: u32,
}

/// Where a line stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub activity_at: OffsetDateTime,
    pub id: Uuid,
}

/// A line of the list, as it is stored.
pub struct Row {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub activity_at: OffsetDateTime,
}

impl Listing {
    pub fn parse(query: ListQuery) -> Result<Self, Error> {
        let search = query.search.unwrap_or_default();
        if search.chars().count() > SEARCH_CHARS || search.chars().any(char::is_control) {
            return Err(Error::field("search"));
        }
        let after = match query.after {
            Some(raw) => Some(Place::parse(&raw).ok_or_else(|| Error::field("after"))?),
            None => None,
        };
        let limit = match query.limit {
            Some(raw) => raw
                .parse()
                .ok()
                .filter(|limit| (1..=LINES).contains(limit))
                .ok_or_else(|| Error::field("limit"))?,
            None => LINES,
        };
        Ok(Self {
            patterns: fold::patterns(&search),
            search,
            after,
            limit,
        })
    }

    /// How many rows to read: one more than a page, to know whether there is another.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Answers the page and, where more follows, the way to it.
    pub fn answer(&self, path: &'static str, role: Role, mut rows: Vec<Row>) -> Response {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next = rows.last().filter(|_| more).map(Row::place);
        let data = rows.into_iter().map(|row| row.into_contact(role)).collect();
        let page = Json(List { data });
        match next {
            Some(place) => (self.next(path, place), page).into_response(),
            None => page.into_response(),
        }
    }

    fn next(&self, path: &str, place: Place) -> Link {
        let (limit, after) = (&self.limit, &place.print());
        if self.search.is_empty() {
            Link::new().next(path, &[("limit", limit), ("after", after)])
        } else {
            Link::new().next(
                path,
                &[("search", &self.search), ("limit", limit), ("after", after)],
            )
        }
    }
}

impl Place {
    /// Written as microseconds and id: a place does not move when its line does.
    fn parse(raw: &str) -> Option<Self> {
        let (micros, id) = raw.split_once('.')?;
        let micros: u64 = micros.parse().ok()?;
        Some(Self {
            activity_at: OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?,
            id: Uuid::parse_str(id).ok()?,
        })
    }

    fn print(self) -> String {
        format!("{}.{}", self.activity_at.unix_timestamp_nanos() / 1_000, self.id)
    }
}

impl Row {
    fn place(&self) -> Place {
        Place {
            activity_at: self.activity_at,
            id: self.id,
        }
    }

    fn into_contact(self, role: Role) -> Contact {
        Contact {
            user_id: UserId(self.id),
            name: self.name,
            email: self.email,
            role,
        }
    }
}
