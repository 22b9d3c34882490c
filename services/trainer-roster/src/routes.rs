//! Which call is answered where.

use axum::{
    Router,
    routing::{get, post, put},
};

use crate::{App, clients, directory, people, trainers};

pub fn routes() -> Router<App> {
    Router::new()
        .route(clients::PATH, get(clients::list))
        .route(trainers::PATH, get(trainers::list))
        .route(people::PATH, get(people::list))
        .route(directory::USER, put(directory::put_user))
        .route(directory::SIGN_OUT, post(directory::sign_out))
        .route(directory::BOOKING, put(directory::put_booking))
}
