//! Which call is answered where.

use axum::{
    Router,
    routing::{get, post, put},
};

use crate::{App, blocks, clients, directory, export, people, settings, trainers};

pub fn routes() -> Router<App> {
    Router::new()
        .route(clients::PATH, get(clients::list))
        .route(trainers::PATH, get(trainers::list))
        .route(blocks::CLIENT_BLOCK, post(blocks::block_client))
        .route(blocks::CLIENT_UNBLOCK, post(blocks::unblock_client))
        .route(blocks::TRAINER_BLOCK, post(blocks::block_trainer))
        .route(blocks::TRAINER_UNBLOCK, post(blocks::unblock_trainer))
        .route(people::PATH, get(people::list))
        .route(settings::PATH, get(settings::get).put(settings::put))
        .route(export::PATH, get(export::export))
        .route(
            directory::USER,
            put(directory::put_user).delete(directory::delete_user),
        )
        .route(directory::SIGN_OUT, post(directory::sign_out))
        .route(directory::IMPORT, post(directory::import))
        .route(directory::BOOKING, put(directory::put_booking))
}
