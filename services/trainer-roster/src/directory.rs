//! What the platform tells of its users and bookings, for service tokens only.

mod bookings;
mod parse;
mod users;

use api::{Json, Path, Platform, Problem};
use axum::{extract::State, http::StatusCode};
use protocol::{
    UserId,
    http::{DirectoryBooking, DirectoryUser},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::App;
use parse::{Booking, User};

pub const USER: &str = "/api/directory/users/{id}";
pub const SIGN_OUT: &str = "/api/directory/users/{id}/sign-out";
pub const BOOKING: &str = "/api/directory/bookings/{id}";

pub async fn put_user(
    _: Platform,
    Path(id): Path<UserId>,
    State(app): State<App>,
    Json(told): Json<DirectoryUser>,
) -> Result<StatusCode, Problem> {
    let now = OffsetDateTime::now_utc();
    if users::put(&app.pool, id, &User::parse(told)?, now).await? {
        app.revoked(id, now);
    }
    Ok(StatusCode::NO_CONTENT)
}

pub async fn sign_out(
    _: Platform,
    Path(id): Path<UserId>,
    State(app): State<App>,
) -> Result<StatusCode, Problem> {
    let now = OffsetDateTime::now_utc();
    users::sign_out(&app.pool, id, now).await?;
    app.revoked(id, now);
    Ok(StatusCode::NO_CONTENT)
}

pub async fn put_booking(
    _: Platform,
    Path(id): Path<Uuid>,
    State(app): State<App>,
    Json(told): Json<DirectoryBooking>,
) -> Result<StatusCode, Problem> {
    if bookings::put(&app.pool, id, &Booking::parse(told)?, OffsetDateTime::now_utc()).await? {
        app.bell.ring();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the platform tells of a state before the stored one. Without a version, what comes last holds.
fn is_older(told: Option<i64>, stored: Option<i64>) -> bool {
    matches!((told, stored), (Some(told), Some(stored)) if told < stored)
}
