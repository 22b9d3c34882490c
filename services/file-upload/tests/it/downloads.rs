//! What a link opens, and how.

use image::ImageFormat;
use protocol::{ErrorCode, file::Variant, http::Uploaded};
use reqwest::{Response, StatusCode, header};

use crate::{
    house::{House, LINK_KEY, Person, problem},
    pictures::{encode, halves, jpeg, transparent},
};

#[tokio::test]
async fn a_picture_is_served_so_that_a_browser_takes_it_for_nothing_else() {
    let house = House::start().await;
    let file = uploaded(&house).await;

    let answer = house.get(&file.url).await;

    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "content-type"), "image/jpeg");
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    assert_eq!(
        header(&answer, "content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(header(&answer, "cross-origin-resource-policy"), "cross-origin");
    assert_eq!(
        header(&answer, "content-disposition"),
        format!("inline; filename=\"{}-full.jpg\"", file.id)
    );
    assert_eq!(header(&answer, "content-length"), file.size.to_string());
    let kept = header(&answer, "cache-control");
    let max_age = kept
        .strip_prefix("private, max-age=")
        .and_then(|rest| rest.strip_suffix(", immutable"));
    assert!(
        (3_590..=7_200).contains(&max_age.unwrap().parse().unwrap()),
        "{kept}"
    );
}

#[tokio::test]
async fn transparency_is_served_as_png() {
    let house = House::start().await;
    let file = house
        .uploaded(&Person::client(), encode(&transparent(80, 80), ImageFormat::Png))
        .await;

    let answer = house.get(&file.url).await;

    assert_eq!(header(&answer, "content-type"), "image/png");
    assert_eq!(
        header(&answer, "content-disposition"),
        format!("inline; filename=\"{}-full.png\"", file.id)
    );
}

#[tokio::test]
async fn all_three_sizes_have_links_of_their_own() {
    let house = House::start().await;
    let file = house
        .uploaded(&Person::client(), jpeg(&halves(2_000, 1_000), 90))
        .await;
    let thumb = file.thumbnail_url.as_deref().unwrap();

    assert_eq!(house.get(thumb).await.status(), StatusCode::OK);
    for stolen in [
        file.url.replace("/full?", "/thumb?"),
        thumb.replace("/thumb?", "/screen?"),
    ] {
        assert_eq!(problem(house.get(&stolen).await).await.code, ErrorCode::Forbidden);
    }
}

#[tokio::test]
async fn a_link_altered_in_any_part_opens_nothing() {
    let house = House::start().await;
    let (file, other) = (uploaded(&house).await, uploaded(&house).await);
    let (address, query) = file.url.split_once('?').unwrap();
    let (exp, sig) = query.strip_prefix("exp=").unwrap().split_once("&sig=").unwrap();
    let other_sig = sig.replacen(&sig[..1], if sig.starts_with('A') { "B" } else { "A" }, 1);
    let later = exp.parse::<i64>().unwrap() + 3_600;
    let expired = 1_700_000_000;

    for altered in [
        format!("{address}?exp={later}&sig={sig}"),
        format!("{address}?exp={expired}&sig={sig}"),
        format!("{address}?exp={exp}&sig={other_sig}"),
        format!("{address}?exp={exp}&sig="),
        format!("{address}?exp=soon&sig={sig}"),
        format!("{address}?exp={exp}"),
        address.to_owned(),
        file.url.replace(&file.id.to_string(), &other.id.to_string()),
    ] {
        assert_eq!(
            problem(house.get(&altered).await).await.code,
            ErrorCode::Forbidden,
            "{altered}"
        );
    }
    for nothing in [
        file.url.replace("/full?", "/source?"),
        file.url.replace(&file.id.to_string(), "..%2Fsecret"),
    ] {
        assert_eq!(
            problem(house.get(&nothing).await).await.code,
            ErrorCode::NotFound,
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn links_of_the_key_before_still_open_while_the_keys_are_changed() {
    let next = "bmV4dCBuZXh0IG5leHQgbmV4dCBuZXh0IG5leHQgbmV4dCE=";
    let house = House::with(&[("SPOTTER_FILE_LINK_KEYS", &format!("{next},{LINK_KEY}"))]).await;
    let file = uploaded(&house).await;
    let signed_by = |key: &str| house.link_signed_by(key, file.id, Variant::Full);

    assert_eq!(file.url, signed_by(next));
    assert_eq!(house.get(&signed_by(LINK_KEY)).await.status(), StatusCode::OK);
    let forged = signed_by("Zm9yZ2VkIGZvcmdlZCBmb3JnZWQgZm9yZ2VkIGZvcmdlZCE=");
    assert_eq!(problem(house.get(&forged).await).await.code, ErrorCode::Forbidden);
}

#[tokio::test]
async fn head_says_what_get_would_and_sends_nothing() {
    let house = House::start().await;
    let file = uploaded(&house).await;

    let head = house.http.head(&file.url).send().await.unwrap();
    let get = house.get(&file.url).await;

    assert_eq!(head.status(), StatusCode::OK);
    for name in [
        "content-type",
        "content-length",
        "etag",
        "content-disposition",
        "accept-ranges",
        "cache-control",
    ] {
        let (of_head, of_get) = (header(&head, name), header(&get, name));
        assert!(
            of_head == of_get || name == "cache-control",
            "{name}: {of_head} and {of_get}"
        );
    }
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn parts_of_a_file_fit_together() {
    let house = House::start().await;
    let file = uploaded(&house).await;
    let whole = house.bytes(&file.url).await;
    let (size, half) = (whole.len(), whole.len() / 2);

    let first = part(&house, &file, &format!("bytes=0-{}", half - 1)).await;
    let second = part(&house, &file, &format!("bytes={half}-")).await;
    let tail = part(&house, &file, "bytes=-5").await;

    for answer in [&first, &second, &tail] {
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
    }
    assert_eq!(
        header(&first, "content-range"),
        format!("bytes 0-{}/{size}", half - 1)
    );
    let joined = [first.bytes().await.unwrap(), second.bytes().await.unwrap()].concat();
    assert_eq!(joined, whole);
    assert_eq!(tail.bytes().await.unwrap(), whole[size - 5..]);
}

#[tokio::test]
async fn ranges_outside_are_refused_and_odd_ones_ignored() {
    let house = House::start().await;
    let file = uploaded(&house).await;

    let outside = part(&house, &file, "bytes=99999999-").await;
    let several = part(&house, &file, "bytes=0-1,4-5").await;

    assert_eq!(outside.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(
        header(&outside, "content-range"),
        format!("bytes */{}", file.size)
    );
    assert_eq!(several.status(), StatusCode::OK);
    assert_eq!(several.bytes().await.unwrap().len() as u64, file.size);
}

#[tokio::test]
async fn a_cached_picture_is_not_sent_again_and_a_part_of_another_is_not_mixed_in() {
    let house = House::start().await;
    let file = uploaded(&house).await;
    let tag = header(&house.get(&file.url).await, "etag").to_owned();

    let fresh = house
        .http
        .get(&file.url)
        .header(header::IF_NONE_MATCH, &tag)
        .send()
        .await
        .unwrap();
    let stale = house
        .http
        .get(&file.url)
        .header(header::IF_NONE_MATCH, "\"other\"")
        .send()
        .await
        .unwrap();
    let ranged = |tag: &str| {
        let request = house
            .http
            .get(&file.url)
            .header(header::RANGE, "bytes=0-9")
            .header(header::IF_RANGE, tag);
        async { request.send().await.unwrap().status() }
    };

    assert_eq!(
        (fresh.status(), stale.status()),
        (StatusCode::NOT_MODIFIED, StatusCode::OK)
    );
    assert!(fresh.bytes().await.unwrap().is_empty());
    assert_eq!(ranged(&tag).await, StatusCode::PARTIAL_CONTENT);
    assert_eq!(ranged("\"other\"").await, StatusCode::OK);
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_read_a_picture() {
    let house = House::start().await;
    let file = uploaded(&house).await;
    let from = |origin: &'static str| {
        let request = house.http.get(&file.url).header(header::ORIGIN, origin);
        async { request.send().await.unwrap() }
    };

    let ours = from("https://spotter.test").await;
    let evil = from("https://evil.test").await;

    assert_eq!(
        header(&ours, "access-control-allow-origin"),
        "https://spotter.test"
    );
    assert!(!evil.headers().contains_key("access-control-allow-origin"));
}

async fn uploaded(house: &House) -> Uploaded {
    house
        .uploaded(&Person::client(), jpeg(&halves(300, 200), 90))
        .await
}

async fn part(house: &House, file: &Uploaded, range: &str) -> Response {
    house
        .http
        .get(&file.url)
        .header(header::RANGE, range)
        .send()
        .await
        .unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers()[name].to_str().unwrap()
}
