//! `/api/trainer`, `/api/user`, `/api/people` and `/api/directory`.

use protocol::{
    ErrorCode,
    http::{Contact, DirectoryBooking, DirectoryUser, Person, Settings},
};
use serde_json::{Value, json};

use super::{
    Api,
    call::{Call, Who},
};

const PEOPLE: &str = "People";
const DIRECTORY: &str = "Directory";

pub fn describe(api: &mut Api) {
    let contacts = Api::list_of(&api.components.add::<Contact>());
    api.add(clients(&contacts));
    api.add(trainers(&contacts));
    for call in blocks() {
        api.add(call);
    }
    let person = api.components.add::<Person>();
    api.add(people(&Api::list_of(&person)));
    let (written_user, written_booking) = (
        api.components.add::<DirectoryUser>(),
        api.components.add::<DirectoryBooking>(),
    );
    for call in settings(&api.components.add::<Settings>()) {
        api.add(call);
    }
    api.add(user(&written_user));
    api.add(booking(&written_booking));
    api.add(erase());
    api.add(export());
    api.add(sign_out());
    api.add(import());
}

fn clients(contacts: &Value) -> Call {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 1000, "default": 1000});
    Call::new("get", "/api/trainer/clients", "clients", PEOPLE, Who::Trainer)
        .says(
            "List a trainer's clients",
            "Users with an active booking with the trainer, or who have written to them.",
        )
        .query(
            "search",
            false,
            &json!({"type": "string"}),
            "Part of the name or of the address.",
        )
        .query(
            "after",
            false,
            &json!({"type": "string"}),
            "Where the last page ended; from its `Link`.",
        )
        .query("limit", false, &limit, "Most clients of the page.")
        .answers_json(
            200,
            "The clients, latest activity first.",
            contacts,
            "http.clients",
        )
        .with_header(200, "Link", "`rel=\"next\"` where there is more.")
        .refuses(&[ErrorCode::InvalidField])
}

fn trainers(contacts: &Value) -> Call {
    Call::new("get", "/api/user/trainers", "trainers", PEOPLE, Who::User)
        .says(
            "List a client's trainers",
            "Trainers the client books with or has written to.",
        )
        .answers_json(
            200,
            "The trainers, latest activity first.",
            contacts,
            "http.trainers",
        )
}

fn blocks() -> [Call; 4] {
    let call = |path, id, who, summary: &str, description: &str| {
        Call::new("post", path, id, PEOPLE, who)
            .says(summary, description)
            .path_id("id", "The other person.")
            .answers(204, "So it is.")
            .refuses(&[ErrorCode::InvalidField, ErrorCode::NotFound])
    };
    let closes = "Closes the conversation for both, whatever becomes of bookings. History stays readable.";
    let opens = "Takes back one's own block. A block of the other side stays.";
    [
        call(
            "/api/trainer/clients/{id}/block",
            "blockClient",
            Who::Trainer,
            "Block a client",
            closes,
        ),
        call(
            "/api/trainer/clients/{id}/unblock",
            "unblockClient",
            Who::Trainer,
            "Unblock a client",
            opens,
        ),
        call(
            "/api/user/trainers/{id}/block",
            "blockTrainer",
            Who::User,
            "Block a trainer",
            closes,
        ),
        call(
            "/api/user/trainers/{id}/unblock",
            "unblockTrainer",
            Who::User,
            "Unblock a trainer",
            opens,
        ),
    ]
}

fn people(people: &Value) -> Call {
    let ids = json!({"type": "array", "maxItems": 100, "items": {"type": "string", "format": "uuid"}});
    Call::new("get", "/api/people", "people", PEOPLE, Who::BothRoles)
        .says(
            "Look up names",
            "People one shares a conversation with, and for a `User` any trainer; others are left out.",
        )
        .query("id", true, &ids, "Given once for each person.")
        .answers_json(200, "Those found.", people, "http.people")
        .refuses(&[ErrorCode::InvalidField])
}

fn settings(settings: &Value) -> [Call; 2] {
    let call = |method, id, summary: &str, description: &str| {
        Call::new(method, "/api/me/settings", id, PEOPLE, Who::BothRoles).says(summary, description)
    };
    [
        call(
            "get",
            "settings",
            "See what one hides",
            "Who has never set anything hides nothing.",
        )
        .answers_json(200, "One's settings.", settings, "http.settings"),
        call(
            "put",
            "putSettings",
            "Hide one's presence, or receipts",
            "Without `presence`, one is offline to others and was never seen. Without `receipts`, neither of the two \
             sees the other's marks from here on; own marks and unread go on working.",
        )
        .body(settings, "http.settings")
        .answers_json(200, "As they stand.", settings, "http.settings")
        .refuses(&[ErrorCode::BadFrame, ErrorCode::InvalidField, ErrorCode::NotFound]),
    ]
}

fn user(body: &Value) -> Call {
    Call::new("put", "/api/directory/users/{id}", "putUser", DIRECTORY, Who::Platform)
        .says(
            "Tell of a user",
            "Made or replaced. A lower `version` than the stored one is ignored. A change of role signs the user out. \
             The id of somebody who was erased is not found.",
        )
        .path_id("id", "The user, as in `sub` of their tokens.")
        .body(body, "http.directory-user")
        .answers(204, "Known.")
        .refuses(&[ErrorCode::BadFrame, ErrorCode::InvalidField, ErrorCode::NotFound])
}

fn booking(body: &Value) -> Call {
    Call::new(
        "put",
        "/api/directory/bookings/{id}",
        "putBooking",
        DIRECTORY,
        Who::Platform,
    )
    .says(
        "Tell of a booking",
        "While it is `active`, the two may talk. A lower `version` than the stored one is ignored.",
    )
    .path_id("id", "The booking.")
    .body(body, "http.directory-booking")
    .answers(204, "Known.")
    .refuses(&[ErrorCode::BadFrame, ErrorCode::InvalidField, ErrorCode::NotFound])
}

fn sign_out() -> Call {
    Call::new(
        "post",
        "/api/directory/users/{id}/sign-out",
        "signOut",
        DIRECTORY,
        Who::Platform,
    )
    .says(
        "Sign a user out everywhere",
        "Tokens issued up to now are refused by every service; live sockets close 4505.",
    )
    .path_id("id", "The user.")
    .answers(204, "Done.")
    .refuses(&[ErrorCode::InvalidField, ErrorCode::NotFound])
}

fn import() -> Call {
    Call::new("post", "/api/directory/import", "import", DIRECTORY, Who::Platform)
        .says(
            "Tell of many users and bookings",
            "A JSON object on each line, of `type` `user` or `booking`: its `id` and the fields of the single call. \
             Lines are kept in order, each as a whole or not at all. The answer is written while the body is read.",
        )
        .body_lines(&["http.import-user", "http.import-booking"])
        .answers_lines(
            200,
            "A line of `type` `refused` for each line that was not kept, and at last one of `type` `done` or `stopped`.",
            &["http.import-report-refused", "http.import-report-done"],
        )
        .refuses(&[ErrorCode::Overloaded])
}

fn erase() -> Call {
    Call::new(
        "delete",
        "/api/directory/users/{id}",
        "eraseUser",
        DIRECTORY,
        Who::Platform,
    )
    .says(
        "Erase a user everywhere",
        "Messages become tombstones, names, marks, reactions and files go, in every service. The id is never used again.",
    )
    .path_id("id", "The user.")
    .answers(202, "It is certain; the services follow.")
    .refuses(&[ErrorCode::InvalidField])
}

fn export() -> Call {
    Call::new("get", "/api/me/export", "export", PEOPLE, Who::BothRoles)
        .says(
            "Take everything of one's own along",
            "A zip of JSON and files, made while it is sent. A download that breaks off is not whole.",
        )
        .answers_kind(200, "The archive.", "application/zip")
        .refuses(&[ErrorCode::Overloaded])
}
