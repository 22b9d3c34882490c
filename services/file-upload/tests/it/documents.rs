//! What becomes of a document.

use protocol::{ErrorCode, file::Variant, http::Uploaded};
use reqwest::{
    Response, StatusCode,
    multipart::{Form, Part},
};

use crate::house::{House, Person, message, problem};

#[tokio::test]
async fn a_document_is_kept_as_it_was_sent_and_only_handed_out_as_a_download() {
    let house = House::start().await;
    let plan = pdf(2_000);

    let file = sent(&house, "Übungen, Woche 1.pdf", plan.clone()).await;

    assert_eq!(file.content_type, "application/pdf");
    assert_eq!(file.size, plan.len() as u64);
    assert_eq!(
        (file.width, file.thumbnail_url, file.placeholder),
        (None, None, None)
    );
    let answer = house.get(&file.url).await;
    assert_eq!(
        header(&answer, "content-disposition"),
        format!(
            "attachment; filename=\"{}-full.pdf\"; filename*=UTF-8''%C3%9Cbungen%2C%20Woche%201%2Epdf",
            file.id
        )
    );
    assert_eq!(header(&answer, "content-type"), "application/pdf");
    assert_eq!(
        header(&answer, "content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
    assert_eq!(answer.bytes().await.unwrap(), plan);
    let head = house.http.head(&file.url).send().await.unwrap();
    assert!(header(&head, "content-disposition").starts_with("attachment; "));
}

#[tokio::test]
async fn a_document_has_no_smaller_sizes() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let answer = house.upload(&anna, pdf(300), "plan.pdf").await;
    let file: Uploaded = answer.json().await.unwrap();

    let attached = house
        .attach(&message(&anna, &tom, &anna, &[file.id]))
        .await
        .unwrap();
    let links = house.links(&anna, &[file.id.to_string()]).await;
    let links: protocol::http::List<protocol::http::FileLinks> = links.json().await.unwrap();

    assert_eq!(attached[0].content_type, "application/pdf");
    assert_eq!(attached[0].name.as_deref(), Some("plan.pdf"));
    assert_eq!(links.data[0].thumbnail_url, None);
    for variant in [Variant::Screen, Variant::Thumb] {
        let absent = problem(house.get(&house.link(file.id, variant)).await).await;
        assert_eq!(absent.code, ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn a_document_of_exactly_the_limit_is_taken_and_a_cut_one_is_not() {
    let house = House::start().await;
    let anna = Person::client();
    let largest = pdf(10 * 1024 * 1024);
    let cut = largest[..largest.len() - 20].to_vec();

    assert_eq!(
        house.upload(&anna, largest, "plan.pdf").await.status(),
        StatusCode::CREATED
    );
    for (what, bytes) in [("cut", cut), ("a header alone", b"%PDF-1.7\n".to_vec())] {
        let refused = problem(house.upload(&anna, bytes, "plan.pdf").await).await;
        assert_eq!(refused.code, ErrorCode::UploadRejected, "{what}");
    }
}

#[tokio::test]
async fn a_document_that_is_called_a_picture_is_refused() {
    let house = House::start().await;
    let part = Part::bytes(pdf(300)).file_name("front.jpg");
    let form = Form::new().part("file", part.mime_str("image/jpeg").unwrap());

    let refused = problem(house.post_form(&Person::client(), form).await).await;

    assert_eq!(refused.code, ErrorCode::UnsupportedMediaType);
    assert!(refused.detail.unwrap().contains("called a picture"));
    assert!(house.rows().await.is_empty());
}

#[tokio::test]
async fn something_that_only_contains_a_document_is_none() {
    let house = House::start().await;
    let page = [b"<script>alert(1)</script>".as_slice(), &pdf(300)].concat();

    let refused = problem(house.upload(&Person::client(), page, "plan.pdf").await).await;

    assert_eq!(refused.code, ErrorCode::UnsupportedMediaType);
}

async fn sent(house: &House, name: &str, bytes: Vec<u8>) -> Uploaded {
    let answer = house.upload(&Person::client(), bytes, name).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json().await.unwrap()
}

/// An empty page with a comment in front of its trailer, of so many bytes in all.
pub fn pdf(size: usize) -> Vec<u8> {
    let head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n%";
    let tail = b"\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n110\n%%EOF\n";
    let filler = vec![b' '; size - head.len() - tail.len()];
    [head.as_slice(), &filler, tail].concat()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers()[name].to_str().unwrap()
}
