//! Contacts: pulled from chat-history, which numbers them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bus::{Headers, Subject};
use bytes::Bytes;
use protocol::{
    UserId,
    internal::{ContactMade, PullRequest, Pulled, Reply},
};
use uuid::Uuid;

use crate::house::{House, Neighbour, booking, run, service, token, user};

const WITHIN: Duration = Duration::from_secs(10);

/// A chat-history that knows contacts only.
struct History {
    neighbour: Neighbour,
    contacts: Arc<Mutex<Vec<(Uuid, Uuid)>>>,
    asked: Arc<Mutex<Vec<i64>>>,
}

impl History {
    async fn open(house: &House) -> Self {
        let neighbour = house.neighbour().await;
        let history = Self {
            contacts: Arc::default(),
            asked: Arc::default(),
            neighbour,
        };
        let (contacts, asked) = (history.contacts.clone(), history.asked.clone());
        history
            .neighbour
            .bus
            .answer(
                Subject::HISTORY_CONTACTS,
                4,
                &history.neighbour.life,
                move |request: PullRequest| {
                    asked.lock().unwrap().push(request.after);
                    let page = page(&contacts.lock().unwrap(), request);
                    async move { Reply::Ok(page) }
                },
            )
            .await
            .unwrap();
        // A question goes the same way as the subscription, and so comes after it.
        history.neighbour.changes().await;
        history
    }

    fn write(&self, client: Uuid, trainer: Uuid) {
        self.contacts.lock().unwrap().push((trainer, client));
    }

    async fn ring(&self) {
        let (bell, nothing) = (Headers::default(), Bytes::new());
        self.neighbour
            .bus
            .publish(Subject::HISTORY_CONTACTED, bell, nothing)
            .await
            .unwrap();
    }
}

/// Two at a time, so that pages are followed.
fn page(contacts: &[(Uuid, Uuid)], request: PullRequest) -> Pulled<ContactMade> {
    let all = (1..).zip(contacts.iter().map(|(trainer, client)| ContactMade {
        trainer: UserId(*trainer),
        client: UserId(*client),
    }));
    let items: Vec<_> = all
        .filter(|(number, _)| *number > request.after)
        .take(2)
        .collect();
    let head = i64::try_from(contacts.len()).unwrap();
    let to = items.last().map_or(head, |(number, _)| *number);
    Pulled {
        more: to < head,
        to,
        items,
    }
}

async fn clients_become(house: &House, trainer: Uuid, names: &[&str]) {
    let seen = sandbox::until("the trainer's clients", WITHIN, || async {
        let clients = house
            .get("/api/trainer/clients", &token(trainer, "Trainer"))
            .await;
        clients.names() == names
    });
    if let Err(error) = seen.await {
        let clients = house
            .get("/api/trainer/clients", &token(trainer, "Trainer"))
            .await;
        panic!("{error}: {:?}\n{}", clients.names(), house.log());
    }
}

#[tokio::test]
async fn who_has_written_is_a_client_and_knows_the_trainer() {
    let house = House::start().await;
    let history = History::open(&house).await;
    let (tom, anna, ben) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
    );
    house.book(tom, ben).await;

    history.write(anna, tom);
    history.ring().await;

    clients_become(&house, tom, &["Anna", "Ben"]).await;
    let trainers = house.get("/api/user/trainers", &token(anna, "User")).await;
    assert_eq!(trainers.names(), ["Tom"]);
    let people = house
        .get(&format!("/api/people?id={anna}"), &token(tom, "Trainer"))
        .await;
    assert_eq!(people.names(), ["Anna"]);
    assert_eq!(house.changes().await, [1], "a contact is no relation");
}

#[tokio::test]
async fn who_has_written_and_become_a_trainer_is_no_client_any_more() {
    let house = House::start().await;
    let history = History::open(&house).await;
    let (tom, anna, ben) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
    );
    history.write(anna, tom);
    history.write(ben, tom);
    history.ring().await;
    let read = sandbox::until("the contacts", WITHIN, || async { followed(&house).await == 2 });
    read.await.unwrap();

    house.put_user(anna, &user("Anna", "Trainer")).await;
    clients_become(&house, tom, &["Ben"]).await;

    house.put_user(tom, &user("Tom", "User")).await;
    let bens = house.get("/api/user/trainers", &token(ben, "User")).await;
    assert!(bens.names().is_empty(), "nor is Tom a trainer");
}

#[tokio::test]
async fn who_has_written_and_booked_is_listed_once_and_stays_after_the_booking() {
    let house = House::start().await;
    let history = History::open(&house).await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    let id = house.book(tom, anna).await;
    history.write(anna, tom);
    history.ring().await;
    clients_become(&house, tom, &["Anna"]).await;
    let is_stored = sandbox::until("the contact", WITHIN, || async { followed(&house).await == 1 });
    is_stored.await.unwrap();

    house.put_booking(id, &booking(tom, anna, "cancelled")).await;

    clients_become(&house, tom, &["Anna"]).await;
}

#[tokio::test]
async fn contacts_made_while_nobody_listened_are_read_in_pages_and_only_once() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    let history = History::open(&house).await;
    let mut names = Vec::new();
    for n in 0..5 {
        let name = format!("Client {n}");
        history.write(house.client(&name).await, tom);
        names.push(name);
    }
    history.ring().await;
    let read = sandbox::until("all contacts", WITHIN, || async { followed(&house).await == 5 });
    read.await.unwrap();
    let before = activity(&house).await;

    // The same page again, as after a crash between its commit and the next question.
    sqlx::query("update roster.follow set after = 3")
        .execute(&house.pool)
        .await
        .unwrap();
    history.ring().await;
    let read = sandbox::until("them again", WITHIN, || async { followed(&house).await == 5 });
    read.await.unwrap();

    assert_eq!(activity(&house).await, before);
    assert!(
        history.asked.lock().unwrap().contains(&2),
        "a page begins where the last one ended"
    );
}

#[tokio::test]
async fn a_list_that_went_back_is_read_again_from_its_start() {
    let house = House::start().await;
    let history = History::open(&house).await;
    let (tom, anna) = (house.trainer("Tom").await, house.client("Anna").await);
    // As if the log had been restored from a backup, and had grown since.
    sqlx::query("update roster.follow set after = 900")
        .execute(&house.pool)
        .await
        .unwrap();
    history.write(anna, tom);

    history.ring().await;

    clients_become(&house, tom, &["Anna"]).await;
    assert_eq!(followed(&house).await, 1);
}

#[tokio::test]
async fn contacts_in_whatever_state_are_rebuilt_from_chat_historys_list() {
    let house = House::start().await;
    let history = History::open(&house).await;
    let (tom, anna, ben, eva) = (
        house.trainer("Tom").await,
        house.client("Anna").await,
        house.client("Ben").await,
        house.trainer("Eva").await,
    );
    for client in [anna, ben, house.client("Cleo").await] {
        history.write(client, tom);
    }
    history.ring().await;
    let read = sandbox::until("the contacts", WITHIN, || async { followed(&house).await == 3 });
    read.await.unwrap();
    for damage in [
        "update roster.relation set contacted_at = null where client_id = $1",
        "insert into roster.relation (trainer_id, client_id, contacted_at, activity_at)
         select id, $1, now(), now() from roster.person where name = 'Eva'",
        "update roster.follow set after = 900000 + 0 * length($1::text)",
    ] {
        sqlx::query(damage).bind(anna).execute(&house.pool).await.unwrap();
    }

    let rebuild = service(&house.database, &house.nats.url(), 1, 2).arg("--rebuild-contacts");
    let (code, printed) = run(rebuild).await;

    assert_eq!(code, Some(0), "{printed}");
    let clients = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;
    let mut names = clients.names();
    names.sort_unstable();
    assert_eq!(names, ["Anna", "Ben", "Cleo"]);
    clients_become(&house, eva, &[]).await;
    assert_eq!(followed(&house).await, 3);
}

#[tokio::test]
async fn a_contact_may_be_heard_of_before_its_people() {
    let house = House::start().await;
    let history = History::open(&house).await;
    let tom = house.trainer("Tom").await;
    let anna = Uuid::new_v4();
    history.write(anna, tom);
    history.ring().await;
    let read = sandbox::until("the contact", WITHIN, || async { followed(&house).await == 1 });
    read.await.unwrap();
    clients_become(&house, tom, &[]).await;

    house.put_user(anna, &user("Anna", "User")).await;

    clients_become(&house, tom, &["Anna"]).await;
}

async fn followed(house: &House) -> i64 {
    sqlx::query_scalar("select after from roster.follow where name = 'history.contacts'")
        .fetch_one(&house.pool)
        .await
        .unwrap()
}

async fn activity(house: &House) -> Vec<time::OffsetDateTime> {
    sqlx::query_scalar("select activity_at from roster.relation order by client_id")
        .fetch_all(&house.pool)
        .await
        .unwrap()
}
