//! What becomes of uploads that are no good.

use futures_util::{StreamExt, stream::FuturesUnordered};
use image::{DynamicImage, ImageFormat};
use protocol::ErrorCode;
use reqwest::{
    StatusCode,
    multipart::{Form, Part},
};

use crate::{
    house::{House, Person, problem},
    pictures::{encode, halves, jpeg, noise, png_header, png_with_huge_profile},
};

#[tokio::test]
async fn only_known_kinds_of_bytes_are_taken_whatever_they_are_called() {
    let house = House::start().await;
    let anna = Person::client();
    for foreign in [
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".as_slice(),
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01",
        b"just some text that is long enough",
        b"x",
    ] {
        let refused = problem(house.upload(&anna, foreign.to_vec(), "photo.jpg").await).await;

        assert_eq!(refused.code, ErrorCode::UnsupportedMediaType);
    }
    assert!(house.rows().await.is_empty());
}

#[tokio::test]
async fn a_gif_a_heic_and_an_avif_are_told_what_to_send_instead() {
    let house = House::start().await;
    let anna = Person::client();
    for (kind, bytes, advice) in [
        (
            "a GIF",
            b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice(),
            "JPEG, PNG or WebP",
        ),
        (
            "a HEIC photo",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08meta",
            "Most Compatible",
        ),
        (
            "an AVIF picture",
            b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
            "JPEG, PNG or WebP",
        ),
    ] {
        let refused = problem(house.upload(&anna, bytes.to_vec(), "photo.jpg").await).await;

        assert_eq!(refused.code, ErrorCode::UnsupportedMediaType);
        let detail = refused.detail.unwrap();
        assert!(detail.starts_with(kind) && detail.contains(advice), "{detail}");
    }
    assert!(house.rows().await.is_empty());
}

#[tokio::test]
async fn pictures_that_cannot_be_shown_are_rejected() {
    let house = House::start().await;
    let anna = Person::client();
    let photo = jpeg(&noise(200, 200), 90);
    let screenshot = encode(&noise(200, 200), ImageFormat::Png);
    let sticker = encode(&noise(200, 200), ImageFormat::WebP);
    let mut flipped = screenshot.clone();
    flipped[screenshot.len() / 2] ^= 0x40;
    let all_noise = [&photo[..4], &noise(64, 64).into_bytes()].concat();
    let bad = [
        ("nothing", Vec::new()),
        ("half a JPEG", photo[..photo.len() / 2].to_vec()),
        ("a JPEG without its end", photo[..photo.len() - 2].to_vec()),
        ("half a PNG", screenshot[..screenshot.len() / 2].to_vec()),
        ("half a WebP", sticker[..sticker.len() / 2].to_vec()),
        ("the head of a JPEG", photo[..20].to_vec()),
        ("a PNG with a flipped bit", flipped),
        ("noise behind a JPEG's first bytes", all_noise),
        ("a PNG of 60,000 × 60,000", png_header(60_000, 60_000)),
        ("a PNG of 12,001 × 1", png_header(12_001, 1)),
        (
            "a PNG of 8,000 × 8,000",
            encode(&DynamicImage::new_luma8(8_000, 8_000), ImageFormat::Png),
        ),
        ("a PNG of no size", png_header(0, 0)),
    ];
    for (what, bytes) in bad {
        let refused = problem(house.upload(&anna, bytes, "photo.jpg").await).await;

        assert_eq!(refused.code, ErrorCode::UploadRejected, "{what}");
    }
    assert!(
        house
            .rows()
            .await
            .iter()
            .all(|(state, code)| { state == "rejected" && code.as_deref() == Some("upload_rejected") })
    );
}

#[tokio::test]
async fn a_colour_profile_that_inflates_is_not_kept_and_harms_nothing() {
    let house = House::start().await;
    let bomb = png_with_huge_profile();
    assert!(bomb.len() < 1 << 20);

    let answer = house.upload(&Person::client(), bomb, "photo.png").await;

    // Shown without its profile, or rejected: either way small, soon, and with the service alive.
    assert!([StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY].contains(&answer.status()));
    house.uploaded(&Person::client(), jpeg(&halves(60, 40), 90)).await;
}

#[tokio::test]
async fn one_byte_over_the_limit_is_too_large() {
    let house = House::start().await;
    let anna = Person::client();
    let mut photo = jpeg(&halves(60, 40), 90);
    photo.resize(10 * 1024 * 1024 + 1, 0);

    let refused = problem(house.upload(&anna, photo.clone(), "photo.jpg").await).await;
    photo.resize(14 * 1024 * 1024, 0);
    let far_over = problem(house.upload(&anna, photo, "photo.jpg").await).await;

    assert_eq!(refused.code, ErrorCode::PayloadTooLarge);
    assert_eq!(far_over.code, ErrorCode::PayloadTooLarge);
    assert!(house.rows().await.is_empty());
}

#[tokio::test]
async fn an_upload_of_undeclared_length_is_counted_as_it_arrives() {
    let house = House::start().await;
    let head = jpeg(&halves(60, 40), 90);
    let endless = futures_util::stream::iter(
        std::iter::once(head)
            .chain(std::iter::repeat_n(vec![0; 64 * 1024], 200))
            .map(Ok::<_, std::io::Error>),
    );
    let part = Part::stream(reqwest::Body::wrap_stream(endless)).file_name("photo.jpg");

    let refused = problem(
        house
            .post_form(&Person::client(), Form::new().part("file", part))
            .await,
    )
    .await;

    assert_eq!(refused.code, ErrorCode::PayloadTooLarge);
}

#[tokio::test]
async fn a_form_without_exactly_one_file_is_refused() {
    let house = House::start().await;
    let anna = Person::client();
    let part = || Part::bytes(jpeg(&halves(60, 40), 90)).file_name("photo.jpg");

    let none = problem(house.post_form(&anna, Form::new().text("caption", "hello")).await).await;
    let two = problem(
        house
            .post_form(&anna, Form::new().part("file", part()).part("file", part()))
            .await,
    )
    .await;
    let beside = house
        .post_form(&anna, Form::new().text("caption", "hello").part("file", part()))
        .await;

    assert_eq!(
        (none.code, none.field.as_deref()),
        (ErrorCode::InvalidField, Some("file"))
    );
    assert_eq!(
        (two.code, two.field.as_deref()),
        (ErrorCode::InvalidField, Some("file"))
    );
    assert_eq!(beside.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn only_people_with_conversations_upload() {
    let house = House::start().await;
    let photo = jpeg(&halves(60, 40), 90);

    let platform = problem(
        house
            .upload(&Person::platform(), photo.clone(), "photo.jpg")
            .await,
    )
    .await;
    let nobody = problem(house.upload(&Person::nobody(), photo, "photo.jpg").await).await;

    assert_eq!(platform.code, ErrorCode::Forbidden);
    assert_eq!(nobody.code, ErrorCode::Unauthenticated);
}

#[tokio::test]
async fn too_many_uploads_of_one_person_are_told_when_to_come_back() {
    let house = House::with(&[("SPOTTER_RATE_UPLOADS", "3")]).await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let photo = jpeg(&halves(60, 40), 90);
    for _ in 0..3 {
        house.uploaded(&anna, photo.clone()).await;
    }

    let answer = house.upload(&anna, photo.clone(), "photo.jpg").await;

    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&seconds), "{seconds}");
    let refused = problem(answer).await;
    assert_eq!(refused.code, ErrorCode::RateLimited);
    assert!(refused.retry_after_ms.is_some_and(|wait| wait <= 20_000));
    house.uploaded(&tom, photo).await;
}

#[tokio::test]
async fn a_person_whose_uploads_never_end_holds_up_nobody_else() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let endless = || {
        let head = jpeg(&halves(60, 40), 90);
        let body = futures_util::stream::once(async { Ok::<_, std::io::Error>(head) })
            .chain(futures_util::stream::pending());
        let part = Part::stream(reqwest::Body::wrap_stream(body)).file_name("photo.jpg");
        house.post_form(&anna, Form::new().part("file", part))
    };

    let mut slow: FuturesUnordered<_> = (0..5).map(|_| endless()).collect();
    let refused = problem(slow.next().await.unwrap()).await;

    assert_eq!(refused.code, ErrorCode::RateLimited);
    house.uploaded(&tom, jpeg(&halves(60, 40), 90)).await;
}
