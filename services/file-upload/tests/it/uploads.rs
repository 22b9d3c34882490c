//! What becomes of a good picture.

use image::{DynamicImage, GenericImageView, ImageFormat};
use protocol::{ErrorCode, file::Variant, http::Uploaded};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    house::{House, Person, message, problem},
    pictures::{self, encode, halves, jpeg, noise, transparent, with_comment, with_exif},
};

#[tokio::test]
async fn a_photo_is_stored_in_three_sizes_and_its_link_shows_it() {
    let house = House::start().await;
    let anna = Person::client();

    let answer = house
        .upload(&anna, jpeg(&halves(3_000, 2_000), 90), "front.jpg")
        .await;

    assert_eq!(answer.status(), StatusCode::CREATED);
    let file: Uploaded = answer.json().await.unwrap();
    assert_eq!((file.width, file.height), (Some(2_560), Some(1_707)));
    assert_eq!(file.content_type, "image/jpeg");
    let full = house.bytes(&file.url).await;
    assert_eq!(full.len() as u64, file.size);
    assert_eq!(size_of(&full), (2_560, 1_707));
    let screen = house.bytes(&house.link(file.id, Variant::Screen)).await;
    assert_eq!(size_of(&screen), (1_600, 1_067));
    let thumb = house.bytes(file.thumbnail_url.as_deref().unwrap()).await;
    assert_eq!(size_of(&thumb), (400, 267));
    assert!(placeholder_is_red_then_blue(file.placeholder.as_deref().unwrap()));
    assert!(
        house
            .metrics()
            .await
            .contains("file_uploads_total{outcome=\"ready\"} 1")
    );
}

#[tokio::test]
async fn every_kind_of_picture_is_shown_as_it_looked() {
    let house = House::start().await;
    let tom = Person::trainer();
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let file = house.uploaded(&tom, encode(&halves(320, 200), format)).await;

        // Small pictures keep their size; opaque ones become JPEG.
        assert_eq!(file.content_type, "image/jpeg", "{format:?}");
        let shown = image::load_from_memory(&house.bytes(&file.url).await).unwrap();
        assert_eq!(shown.dimensions(), (320, 200));
        assert!(is_red(&shown, 40, 100) && is_blue(&shown, 280, 100), "{format:?}");
    }
}

#[tokio::test]
async fn transparency_is_kept_and_opaque_alpha_is_not() {
    let house = House::start().await;
    let tom = Person::trainer();

    let disc = house
        .uploaded(&tom, encode(&transparent(500, 500), ImageFormat::WebP))
        .await;
    let solid = DynamicImage::ImageRgba8(halves(500, 500).into_rgba8());
    let solid = house.uploaded(&tom, encode(&solid, ImageFormat::Png)).await;

    assert_eq!(
        (disc.content_type.as_str(), solid.content_type.as_str()),
        ("image/png", "image/jpeg")
    );
    for url in [&disc.url, disc.thumbnail_url.as_ref().unwrap()] {
        let shown = image::load_from_memory(&house.bytes(url).await).unwrap();
        let (width, height) = shown.dimensions();
        assert_eq!(shown.get_pixel(0, 0).0[3], 0);
        assert_eq!(shown.get_pixel(width / 2, height / 2).0[3], 255);
    }
}

#[tokio::test]
async fn a_photo_stands_upright_and_tells_neither_place_nor_camera() {
    let house = House::start().await;
    let anna = Person::client();
    let photo = with_exif(&jpeg(&halves(600, 400), 90), 6);
    assert!(contains(&photo, pictures::PLACE));

    let file = house.uploaded(&anna, photo).await;

    assert_eq!((file.width, file.height), (Some(400), Some(600)));
    for bytes in [
        house.bytes(&file.url).await,
        house.bytes(file.thumbnail_url.as_deref().unwrap()).await,
    ] {
        // Held to the left, the camera saw the top at the left.
        let shown = image::load_from_memory(&bytes).unwrap();
        let (width, height) = shown.dimensions();
        assert!(is_red(&shown, width / 2, height / 8) && is_blue(&shown, width / 2, height * 7 / 8));
        assert!(!contains(&bytes, pictures::PLACE) && !contains(&bytes, b"Exif"));
    }
}

#[tokio::test]
async fn what_hides_in_a_picture_is_not_stored() {
    let house = House::start().await;
    let anna = Person::client();
    let script = b"<script>alert(1)</script>";
    let photo = jpeg(&halves(300, 200), 90);
    let archive = [photo.as_slice(), b"PK\x03\x04", script].concat();

    for polyglot in [with_comment(&photo, script), archive] {
        let file = house.uploaded(&anna, polyglot).await;

        let stored = house.bytes(&file.url).await;
        assert!(!contains(&stored, script) && !contains(&stored, b"PK\x03\x04"));
    }
}

#[tokio::test]
async fn a_picture_of_exactly_the_limit_is_taken() {
    let house = House::start().await;
    let mut photo = jpeg(&noise(1_000, 1_000), 90);
    photo.resize(10 * 1024 * 1024, 0);

    house.uploaded(&Person::client(), photo).await;
}

#[tokio::test]
async fn names_are_shown_without_paths_line_breaks_and_turned_text() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let photo = jpeg(&halves(60, 40), 90);
    for (name, shown) in [
        ("front.jpg", Some("front.jpg")),
        ("../../x", Some("x")),
        ("C:\\photos\\größe.jpg", Some("größe.jpg")),
        ("photo\u{202e}gpj.exe", Some("photogpj.exe")),
        ("..", None),
    ] {
        let answer = house.upload(&anna, photo.clone(), name).await;
        let file: Uploaded = answer.json().await.unwrap();

        let attached = house
            .attach(&message(&anna, &tom, &anna, &[file.id]))
            .await
            .unwrap();

        assert_eq!(attached[0].name.as_deref(), shown, "{name}");
    }
}

#[tokio::test]
async fn only_the_uploader_sees_how_an_upload_is_doing() {
    let house = House::start().await;
    let (anna, other) = (Person::client(), Person::client());
    let file = house.uploaded(&anna, jpeg(&halves(60, 40), 90)).await;

    let mut told: Value = house.status(&anna, file.id).await.json().await.unwrap();
    let foreign = problem(house.status(&other, file.id).await).await;
    let absent = problem(house.status(&anna, protocol::FileId(uuid::Uuid::now_v7())).await).await;

    assert_eq!(told["state"].take(), json!("ready"));
    let told: Uploaded = serde_json::from_value(told).unwrap();
    assert_eq!(told, file);
    assert_eq!(foreign.code, ErrorCode::NotFound);
    assert_eq!((foreign.title, foreign.field), (absent.title, absent.field));
}

fn size_of(bytes: &[u8]) -> (u32, u32) {
    image::load_from_memory(bytes).unwrap().dimensions()
}

fn is_red(image: &DynamicImage, x: u32, y: u32) -> bool {
    let [r, _, b, _] = image.get_pixel(x, y).0;
    r > 180 && b < 80
}

fn is_blue(image: &DynamicImage, x: u32, y: u32) -> bool {
    let [r, _, b, _] = image.get_pixel(x, y).0;
    b > 180 && r < 80
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn placeholder_is_red_then_blue(placeholder: &str) -> bool {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (width, height, rgba) =
        thumbhash::thumb_hash_to_rgba(&STANDARD.decode(placeholder).unwrap()).unwrap();
    let pixel = |x: usize| &rgba[(height / 2 * width + x) * 4..][..4];
    let (left, right) = (pixel(width / 8), pixel(width * 7 / 8));
    left[0] > left[2] && right[2] > right[0]
}
