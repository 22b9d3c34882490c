//! A photo's way through the whole house: uploaded, sent over a socket, seen on the other side.

use std::time::Duration;

use image::GenericImageView;
use sandbox::until;
use serde_json::{Value, json};
use testkit::{Kit, Options, Person, Role};
use uuid::Uuid;

use crate::pictures::{halves, jpeg, with_exif};

#[tokio::test]
async fn a_photo_sent_over_one_gateway_is_seen_over_another() {
    let kit = kit(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let (mut desk, _) = kit.gateway(1).greeted(&tom).await;
    let photo = with_exif(&jpeg(&halves(900, 600), 90), 6);
    let file = kit
        .http(&anna)
        .upload("../front.jpg", "image/jpeg", photo)
        .await
        .body;

    phone.send_json(&send(&anna, &file["id"])).await.unwrap();

    phone.expect("ack").await;
    let shown = desk.expect("message").await["message"]["attachments"][0].clone();
    for field in [
        "id",
        "url",
        "contentType",
        "size",
        "width",
        "height",
        "thumbnailUrl",
        "placeholder",
    ] {
        assert_eq!(shown[field], file[field], "{field}");
    }
    assert_eq!(shown["name"], "front.jpg");
    for (link, size) in [("url", (600, 900)), ("thumbnailUrl", (267, 400))] {
        let picture = image::load_from_memory(&open(&kit, &shown[link]).await).unwrap();
        assert_eq!(picture.dimensions(), size);
    }
    let history = format!("/api/chat/history?userId={}&trainerId={}", anna.id, tom.id);
    assert_eq!(
        kit.http(&tom).get(&history).await.body[0]["attachments"][0],
        shown
    );
}

#[tokio::test]
async fn a_message_with_the_file_of_another_is_refused_and_not_stored() {
    let kit = kit(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let eve = kit.person("Eve", Role::User).await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let file = kit
        .http(&eve)
        .upload("front.jpg", "image/jpeg", jpeg(&halves(90, 60), 90))
        .await
        .body;

    phone.send_json(&send(&anna, &file["id"])).await.unwrap();

    let refused = phone.expect("error").await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("not_found"), &json!("attachments"))
    );
    assert!(kit.log(anna.conversation()).await.is_empty());
}

#[tokio::test]
async fn a_message_with_a_photo_is_unavailable_while_files_are_away() {
    let kit = kit(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let file = kit
        .http(&anna)
        .upload("front.jpg", "image/jpeg", jpeg(&halves(90, 60), 90))
        .await
        .body;
    let message = send(&anna, &file["id"]);

    kit.files().kill();
    phone.send_json(&message).await.unwrap();
    let refused = phone.expect("error").await;
    kit.files().restart().await;
    phone.send_json(&message).await.unwrap();

    assert_eq!(
        (&refused["code"], &refused["retryable"]),
        (&json!("unavailable"), &json!(true))
    );
    assert_eq!(phone.expect("ack").await["duplicate"], json!(false));
}

#[tokio::test]
async fn a_photo_goes_with_its_message() {
    let kit = kit(1).await;
    let (anna, _tom) = kit.client_with_trainer("Anna", "Tom").await;
    let (mut phone, _) = kit.gateway(0).greeted(&anna).await;
    let http = kit.http(&anna);
    let photo = jpeg(&halves(90, 60), 90);
    let file = http.upload("front.jpg", "image/jpeg", photo).await.body;
    phone.send_json(&send(&anna, &file["id"])).await.unwrap();
    let seq = phone.expect("ack").await["seq"].clone();
    assert_eq!(status(&kit, &file).await, 200);

    // The doorbell finds nobody; what was deleted is pulled afterwards.
    kit.files().kill();
    let delete = json!({"type": "delete", "ref": 2, "conversationId": anna.conversation(), "seq": seq});
    phone.send_json(&delete).await.unwrap();
    phone.expect("ack").await;
    kit.files().restart().await;

    until("the photo to go", Duration::from_secs(10), || async {
        status(&kit, &file).await == 404
    })
    .await
    .unwrap();
    let asked = format!("/api/files/{}", file["id"].as_str().unwrap());
    assert_eq!(http.get(&asked).await.code(), "not_found");
}

async fn kit(gateways: usize) -> Kit {
    Kit::start(Options {
        gateways,
        files: true,
        ..Options::default()
    })
    .await
}

fn send(person: &Person, file: &Value) -> Value {
    json!({
        "type": "send",
        "ref": 1,
        "conversationId": person.conversation(),
        "id": Uuid::now_v7(),
        "attachments": [file],
    })
}

/// How a file's link is answered.
async fn status(kit: &Kit, file: &Value) -> u16 {
    let answer = reqwest::get(address(kit, &file["url"])).await.unwrap();
    answer.status().as_u16()
}

/// What a link shows to somebody without a token. It points to the edge, which a kit has not.
async fn open(kit: &Kit, link: &Value) -> Vec<u8> {
    let answer = reqwest::get(address(kit, link)).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap().to_vec()
}

/// Where a link leads when there is no edge.
fn address(kit: &Kit, link: &Value) -> String {
    let path = link
        .as_str()
        .and_then(|link| link.strip_prefix("https://spotter.test"))
        .unwrap();
    format!("{}{path}", kit.files().url())
}
