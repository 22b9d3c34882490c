//! People of a story, and who works with whom.

use std::time::Duration;

use protocol::{
    UserId,
    error::Role,
    http::{BookingStatus, DirectoryBooking, DirectoryUser},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Http, Kit, Person, Service, TokenOptions, people};

impl Kit {
    /// Puts a person into the directory.
    pub async fn person(&self, name: &str, role: Role) -> Person {
        let id = UserId(Uuid::new_v4());
        let email = format!("{}@spotter.test", name.to_lowercase().replace(' ', "."));
        let user = DirectoryUser {
            name: name.to_owned(),
            email,
            role,
            version: None,
        };
        let answer = self
            .platform()
            .put(&format!("/api/directory/users/{id}"), &user)
            .await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        Person {
            id,
            role,
            name: name.to_owned(),
            token: people::sign(id, role, TokenOptions::default()),
            peer: None,
        }
    }

    /// A client and the trainer they have booked, who talk with each other.
    pub async fn client_with_trainer(&self, client: &str, trainer: &str) -> (Person, Person) {
        let client = self.person(client, Role::User).await;
        let trainer = self.person(trainer, Role::Trainer).await;
        let (client, trainer, _) = self.booked(client, trainer).await;
        (client, trainer)
    }

    /// Lets the two work together and talk with each other; answers the booking's id too.
    pub async fn booked(&self, mut client: Person, mut trainer: Person) -> (Person, Person, Uuid) {
        let booking = self.book(&client, &trainer, BookingStatus::Active).await;
        client.peer = Some(trainer.id);
        trainer.peer = Some(client.id);
        self.related(&client).await;
        (client, trainer, booking)
    }

    /// Books, or ends a booking; answers its id.
    pub async fn book(&self, client: &Person, trainer: &Person, status: BookingStatus) -> Uuid {
        let id = Uuid::new_v4();
        self.rebook(id, client, trainer, status).await;
        id
    }

    /// Changes a booking.
    pub async fn rebook(&self, id: Uuid, client: &Person, trainer: &Person, status: BookingStatus) {
        let now = OffsetDateTime::now_utc();
        let booking = DirectoryBooking {
            trainer_id: trainer.id,
            client_id: client.id,
            status,
            starts_at: now - time::Duration::days(1),
            ends_at: now + time::Duration::days(30),
            version: None,
        };
        let answer = self
            .platform()
            .put(&format!("/api/directory/bookings/{id}"), &booking)
            .await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// Waits until chat-history has heard that the two work together.
    async fn related(&self, client: &Person) {
        let trainer = client.peer.map(|peer| peer.0).unwrap_or_default();
        let known = sandbox::until("a relation in the log", Duration::from_secs(20), || async {
            let found: Result<Option<bool>, _> = sqlx::query_scalar(
                "select related from chat.conversation where trainer_id = $1 and client_id = $2",
            )
            .bind(trainer)
            .bind(client.id.0)
            .fetch_optional(&self.pool)
            .await;
            found.ok().flatten() == Some(true)
        });
        known.await.expect("the relation reaches chat-history");
    }

    /// Refuses everything this person was issued up to now, as the platform does.
    pub async fn sign_out(&self, person: &Person) {
        let path = format!("/api/directory/users/{}/sign-out", person.id);
        let answer = self.platform().post(&path, &serde_json::json!({})).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }

    /// A token of another age for the same person.
    pub fn token(&self, person: &Person, options: TokenOptions) -> String {
        people::sign(person.id, person.role, options)
    }

    /// HTTP calls in this person's name.
    pub fn http(&self, person: &Person) -> Http {
        self.http_with(&person.token)
    }

    /// HTTP calls in the platform's name.
    pub fn platform(&self) -> Http {
        self.http_with(&self.platform)
    }

    /// HTTP calls with any token.
    pub fn http_with(&self, token: &str) -> Http {
        let url = |service: Option<&Service>| service.map(Service::url).unwrap_or_default();
        Http {
            client: self.http.clone(),
            token: token.to_owned(),
            history: url(self.histories.first()),
            roster: url(self.rosters.first()),
            files: url(self.files.first()),
        }
    }
}
