//! `/api/files/*`.

use protocol::{
    ErrorCode,
    http::{FileLinks, LinksRequest, Uploaded},
};
use serde_json::{Value, json};

use super::{
    Api,
    call::{Call, Who},
};

const TAG: &str = "Files";

pub fn describe(api: &mut Api) {
    let uploaded = api.components.add::<Uploaded>();
    api.add(upload(&uploaded));
    let (ids, links) = (
        api.components.add::<LinksRequest>(),
        api.components.add::<FileLinks>(),
    );
    api.add(status());
    api.add(renew(&ids, &Api::list_of(&links)));
    api.add(bytes("get", "file", "Fetch a file"));
    api.add(bytes("head", "fileHead", "Ask for a file's headers"));
}

fn upload(uploaded: &Value) -> Call {
    Call::new("post", "/api/files/upload", "upload", TAG, Who::BothRoles)
        .says(
            "Upload a picture, a voice message or a document",
            "Of at most 10 MiB. JPEG, PNG or WebP: decoded and encoded again, so that nothing but pixels is kept. \
             WebM with Opus or MP4 with AAC, of at most five minutes: encoded again as MP4 with AAC. PDF: kept as it \
             was sent, served as a download only. The `id` goes into `attachments` of a message; unattached files are \
             swept after 7 days. What takes longer than a few seconds is answered with `state` `processing`: ask \
             how it is doing.",
        )
        .multipart("file", "The file.")
        .answers_json(
            201,
            "Stored, ready to be sent; or still in work.",
            &json!({"oneOf": [uploaded, processing()]}),
            "http.uploaded",
        )
        .refuses(&[
            ErrorCode::BadFrame,
            ErrorCode::InvalidField,
            ErrorCode::PayloadTooLarge,
            ErrorCode::UnsupportedMediaType,
            ErrorCode::UploadRejected,
            ErrorCode::Overloaded,
        ])
}

/// The answer to an upload that takes its time.
fn processing() -> Value {
    json!({
        "type": "object",
        "required": ["id", "state"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "state": {"type": "string", "const": "processing"},
        },
    })
}

fn status() -> Call {
    let text = || json!({"type": "string"});
    let number = || json!({"type": ["integer", "null"]});
    let schema = json!({
        "type": "object",
        "required": ["id", "state"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "state": {"type": "string", "enum": ["processing", "ready", "rejected"]},
            "code": {"$ref": "#/components/schemas/ErrorCode"},
            "url": text(), "contentType": text(), "size": {"type": "integer"},
            "width": number(), "height": number(),
            "thumbnailUrl": {"type": ["string", "null"]}, "placeholder": {"type": ["string", "null"]},
            "durationMs": {"type": "integer"},
            "waveform": {"type": "array", "items": {"type": "integer"}},
        },
    });
    Call::new("get", "/api/files/{id}", "fileStatus", TAG, Who::BothRoles)
        .says(
            "See how an own upload is doing",
            "With what the upload answered once it is `ready`.",
        )
        .path_id("id", "The file.")
        .answers_json(200, "How it is.", &schema, "http.file-status")
        .refuses(&[ErrorCode::InvalidField, ErrorCode::NotFound])
}

fn renew(ids: &Value, links: &Value) -> Call {
    Call::new("post", "/api/files/links", "links", TAG, Who::BothRoles)
        .says(
            "Renew links",
            "For the uploader, and for the people of a conversation the file was sent in. At most 100 ids; files of \
             others are left out.",
        )
        .body(ids, "http.links-request")
        .answers_json(200, "Links until the end of the next full hour.", links, "http.file-links")
        .refuses(&[ErrorCode::BadFrame, ErrorCode::InvalidField])
}

fn bytes(method: &'static str, id: &str, summary: &str) -> Call {
    let variants = json!({"type": "string", "enum": ["full", "screen", "thumb"]});
    let mut call = Call::new(method, "/api/files/{id}/{variant}", id, TAG, Who::Anyone)
        .says(
            summary,
            "By a signed link, from `url` or `thumbnailUrl`; no token.",
        )
        .path_id("id", "The file.")
        .path_choice("variant", &variants)
        .query(
            "exp",
            true,
            &json!({"type": "integer"}),
            "When the link ends, seconds since 1970.",
        )
        .query("sig", true, &json!({"type": "string"}), "The signature.")
        .header("Range", "Bytes to fetch.");
    if method == "head" {
        call = call.answers(200, "Headers of the file.");
    } else {
        call = call
            .answers_bytes(200, "The file.")
            .with_header(200, "Cache-Control", "Private, until `exp`.")
            .answers_bytes(206, "The part asked for.")
            .answers(416, "The range is not in the file.");
    }
    call.refuses(&[ErrorCode::Forbidden, ErrorCode::NotFound])
}
