//! Which call is answered where.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::{
    app::App,
    requests::{download::download, links::links, status::status, upload::upload},
};

pub fn routes(app: App) -> Router {
    Router::new()
        // Counts for itself, and answers in the form of the other problems.
        .route(
            "/api/files/upload",
            post(upload).layer(DefaultBodyLimit::disable()),
        )
        .route("/api/files/links", post(links))
        .route("/api/files/{id}", get(status))
        .route("/api/files/{id}/{variant}", get(download))
        .with_state(app)
}
