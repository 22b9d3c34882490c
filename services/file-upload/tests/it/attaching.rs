//! What a message may carry, and who may then renew its links.

use protocol::{ErrorCode, FileId, error::Refusal};
use uuid::Uuid;

use crate::{
    house::{House, Person, message, problem},
    pictures::{halves, jpeg},
};

#[tokio::test]
async fn a_message_carries_own_files_in_the_order_asked() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let (front, back) = (
        house.uploaded(&anna, photo(60)).await,
        house.uploaded(&anna, photo(90)).await,
    );

    let attached = house
        .attach(&message(&anna, &tom, &anna, &[back.id, front.id]))
        .await
        .unwrap();

    let told: Vec<_> = attached
        .iter()
        .map(|file| (file.id, file.width, file.size))
        .collect();
    assert_eq!(
        told,
        [
            (back.id, back.width, back.size),
            (front.id, front.width, front.size)
        ]
    );
    assert_eq!(attached[0].content_type, "image/jpeg");
    assert_eq!(attached[0].placeholder, back.placeholder);
}

#[tokio::test]
async fn attaching_again_answers_the_same_and_changes_nothing() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let file = house.uploaded(&anna, photo(60)).await;
    let asked = message(&anna, &tom, &anna, &[file.id]);

    let first = house.attach(&asked).await;
    let again = house.attach(&asked).await;

    assert!(first.is_ok());
    assert_eq!(first, again);
    assert_eq!(attachments(&house).await, 1);
}

#[tokio::test]
async fn an_own_photo_may_go_to_several_people() {
    let house = House::start().await;
    let (tom, anna, ben) = (Person::trainer(), Person::client(), Person::client());
    let file = house.uploaded(&tom, photo(60)).await;

    for client in [&anna, &ben] {
        house
            .attach(&message(&tom, &tom, client, &[file.id]))
            .await
            .unwrap();
    }

    for person in [&tom, &anna, &ben] {
        assert_eq!(house.renewable(person, &[file.id]).await, [file.id]);
    }
}

#[tokio::test]
async fn files_of_others_unfinished_and_absent_ones_are_refused_alike_and_nothing_is_bound() {
    let house = House::start().await;
    let (anna, tom, eve) = (Person::client(), Person::trainer(), Person::client());
    let own = house.uploaded(&anna, photo(60)).await.id;
    let foreign = house.uploaded(&eve, photo(60)).await.id;
    let unfinished = unfinished(&house, &anna).await;
    let absent = FileId(Uuid::now_v7());

    for bad in [foreign, unfinished, absent] {
        let refused = house.attach(&message(&anna, &tom, &anna, &[own, bad])).await;

        assert_eq!(refused, Err(Refusal::field(ErrorCode::NotFound, "attachments")));
    }
    assert_eq!(attachments(&house).await, 0);
}

#[tokio::test]
async fn a_receiver_may_not_send_on_what_was_received() {
    let house = House::start().await;
    let (anna, tom, ben) = (Person::client(), Person::trainer(), Person::client());
    let file = house.uploaded(&anna, photo(60)).await;
    house
        .attach(&message(&anna, &tom, &anna, &[file.id]))
        .await
        .unwrap();

    let sent_on = house.attach(&message(&tom, &tom, &ben, &[file.id])).await;

    assert_eq!(sent_on.unwrap_err().code, ErrorCode::NotFound);
    assert!(house.renewable(&ben, &[file.id]).await.is_empty());
}

#[tokio::test]
async fn more_files_than_a_message_carries_are_an_invalid_field() {
    let house = House::start().await;
    let (anna, tom) = (Person::client(), Person::trainer());
    let many: Vec<_> = (0..11).map(|_| FileId(Uuid::now_v7())).collect();

    let refused = house.attach(&message(&anna, &tom, &anna, &many)).await;

    assert_eq!(
        refused,
        Err(Refusal::field(ErrorCode::InvalidField, "attachments"))
    );
}

#[tokio::test]
async fn links_are_renewed_for_the_uploader_and_the_two_people_and_no_one_else() {
    let house = House::start().await;
    let (anna, tom, eve) = (Person::client(), Person::trainer(), Person::client());
    let sent = house.uploaded(&anna, photo(60)).await.id;
    let kept = house.uploaded(&anna, photo(60)).await.id;
    let unfinished = unfinished(&house, &anna).await;
    let asked = [kept, FileId(Uuid::now_v7()), unfinished, sent];
    house.attach(&message(&anna, &tom, &anna, &[sent])).await.unwrap();

    assert_eq!(house.renewable(&anna, &asked).await, [kept, sent]);
    assert_eq!(house.renewable(&tom, &asked).await, [sent]);
    assert!(house.renewable(&eve, &asked).await.is_empty());
}

#[tokio::test]
async fn renewed_links_open_the_file() {
    let house = House::start().await;
    let anna = Person::client();
    let file = house.uploaded(&anna, photo(60)).await;

    let answer = house.links(&anna, &[file.id.to_string()]).await;

    let links: protocol::http::List<protocol::http::FileLinks> = answer.json().await.unwrap();
    assert_eq!(house.bytes(&links.data[0].url).await.len() as u64, file.size);
    house.bytes(links.data[0].thumbnail_url.as_deref().unwrap()).await;
}

#[tokio::test]
async fn a_list_of_links_is_bounded_and_its_ids_are_ids() {
    let house = House::start().await;
    let anna = Person::client();
    let many: Vec<_> = (0..101).map(|_| Uuid::now_v7().to_string()).collect();

    let too_many = problem(house.links(&anna, &many).await).await;
    let malformed = problem(house.links(&anna, &["x' or 1=1".to_owned()]).await).await;
    let platform = problem(house.links(&Person::platform(), &many[..1]).await).await;

    assert_eq!(
        (too_many.code, too_many.field.as_deref()),
        (ErrorCode::InvalidField, Some("ids"))
    );
    assert_eq!(
        (malformed.code, malformed.field.as_deref()),
        (ErrorCode::InvalidField, Some("ids"))
    );
    assert_eq!(platform.code, ErrorCode::Forbidden);
    assert_eq!(house.links(&anna, &many[..100]).await.status(), 200);
}

fn photo(width: u32) -> Vec<u8> {
    jpeg(&halves(width, 40), 90)
}

/// What a killed service leaves behind.
async fn unfinished(house: &House, uploader: &Person) -> FileId {
    let id = FileId(Uuid::now_v7());
    sqlx::query(
        "insert into files.file (id, uploader, state, created_at) values ($1, $2, 'processing', now())",
    )
    .bind(id.0)
    .bind(uploader.id.0)
    .execute(&house.pool)
    .await
    .unwrap();
    id
}

async fn attachments(house: &House) -> i64 {
    sqlx::query_scalar("select count(*) from files.attachment")
        .fetch_one(&house.pool)
        .await
        .unwrap()
}
