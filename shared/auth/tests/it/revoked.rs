//! Signed-out people are refused, as the roster numbered it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use auth::{Identity, Refused, Revocations, Verifier, revocations};
use boot::Lifecycle;
use bus::{Bus, Headers, Subject};
use clap::Parser as _;
use protocol::{
    UserId,
    error::{Refusal, Role},
    internal::{PullRequest, Pulled, Reply, RosterChange},
};
use sandbox::{Nats, NatsOptions};
use time::OffsetDateTime;
use tokio::sync::broadcast::error::TryRecvError;

use crate::issuer::{Issuer, SUBJECT, claims, config, refusal};

const DAY: Duration = Duration::from_hours(24);

fn identity(user: UserId, issued_at: OffsetDateTime) -> Identity {
    Identity {
        user,
        role: Role::User,
        expires_at: issued_at + DAY,
        issued_at,
    }
}

#[test]
fn tokens_up_to_the_moment_are_refused_and_later_ones_are_not() {
    let revocations = Revocations::default();
    let (anna, tom) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
    let now = OffsetDateTime::now_utc();

    revocations.revoke(anna, now);
    revocations.revoke(anna, now - DAY);

    assert!(revocations.is_revoked(&identity(anna, now)));
    assert!(!revocations.is_revoked(&identity(anna, now + Duration::from_secs(1))));
    assert!(!revocations.is_revoked(&identity(tom, now)));
}

#[test]
fn whoever_holds_sockets_hears_of_each_revocation_once() {
    let revocations = Revocations::default();
    let mut changes = revocations.changes();
    let anna = UserId(uuid::Uuid::from_u128(1));
    let now = OffsetDateTime::now_utc();

    revocations.revoke(anna, now);
    revocations.revoke(anna, now);

    assert_eq!(changes.try_recv(), Ok(anna));
    assert_eq!(changes.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn what_no_living_token_can_be_older_than_is_forgotten() {
    let revocations = Revocations::default();
    let anna = UserId(uuid::Uuid::from_u128(1));
    let now = OffsetDateTime::now_utc();
    revocations.revoke(anna, now - DAY);

    revocations.sweep(now - 2 * DAY);
    let kept = revocations.is_revoked(&identity(anna, now - DAY));
    revocations.sweep(now);

    assert!(kept);
    assert!(!revocations.is_revoked(&identity(anna, now - DAY)));
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let issuer = Issuer::ed25519();
    let revocations = Revocations::default();
    let config = config(&["--jwt-public-key", &issuer.public_pem]);
    let verifier = Verifier::new(&config, revocations.clone(), &Lifecycle::new())
        .await
        .unwrap();
    let token = issuer.token(&claims());
    verifier.verify(&token).await.unwrap();

    revocations.revoke(SUBJECT.parse().unwrap(), OffsetDateTime::now_utc());

    assert_eq!(refusal(verifier.verify(&token).await), Refused::Revoked);
}

/// Numbered changes behind a broker, answered two at a time.
#[derive(Clone, Default)]
struct Roster(Arc<Mutex<Vec<RosterChange>>>);

impl Roster {
    fn revoke(&self, user: UserId) {
        let revoked_at = OffsetDateTime::now_utc();
        self.0
            .lock()
            .unwrap()
            .push(RosterChange::Revocation { user, revoked_at });
    }

    fn page(&self, question: PullRequest) -> Pulled<RosterChange> {
        let changes = self.0.lock().unwrap();
        let numbered = changes
            .iter()
            .cloned()
            .zip(1_i64..)
            .map(|(change, number)| (number, change));
        let items: Vec<_> = numbered
            .filter(|(number, _)| *number > question.after)
            .take(2)
            .collect();
        let head = i64::try_from(changes.len()).unwrap();
        let to = items.last().map_or(head, |(number, _)| *number);
        Pulled {
            more: to < head,
            to,
            items,
        }
    }
}

#[tokio::test]
async fn revocations_are_loaded_before_the_service_is_ready_and_followed_after() {
    let nats = Nats::start(NatsOptions::default()).await.unwrap();
    let life = Lifecycle::new();
    let bus = connect(&nats, &life).await;
    let (roster, revocations) = (Roster::default(), Revocations::default());
    let people: Vec<_> = (1..=6).map(|n| UserId(uuid::Uuid::from_u128(n))).collect();
    people[..5].iter().for_each(|user| roster.revoke(*user));

    revocations::follow(&bus, &revocations, DAY, &life);
    let before = life.health.failing();
    answer(&bus, &roster, &life).await;
    until(|| !life.health.failing().contains(&"revocations")).await;
    let long_ago = OffsetDateTime::now_utc() - Duration::from_mins(1);
    let loaded = people
        .iter()
        .filter(|user| revocations.is_revoked(&identity(**user, long_ago)))
        .count();
    let mut changes = revocations.changes();
    roster.revoke(people[5]);
    bus.publish(Subject::ROSTER_CHANGED, Headers::default(), "".into())
        .await
        .unwrap();
    let heard = tokio::time::timeout(Duration::from_millis(2_500), changes.recv()).await;

    assert!(before.contains(&"revocations"));
    assert_eq!(loaded, 5);
    assert_eq!(heard.expect("too late").unwrap(), people[5]);
}

#[tokio::test]
async fn a_restored_roster_is_read_from_its_beginning() {
    let nats = Nats::start(NatsOptions::default()).await.unwrap();
    let life = Lifecycle::new();
    let bus = connect(&nats, &life).await;
    let (roster, revocations) = (Roster::default(), Revocations::default());
    let (anna, tom) = (UserId(uuid::Uuid::from_u128(1)), UserId(uuid::Uuid::from_u128(2)));
    (0..3).for_each(|_| roster.revoke(anna));
    answer(&bus, &roster, &life).await;
    revocations::follow(&bus, &revocations, DAY, &life);
    until(|| !life.health.failing().contains(&"revocations")).await;

    roster.0.lock().unwrap().clear();
    roster.revoke(tom);
    bus.publish(Subject::ROSTER_CHANGED, Headers::default(), "".into())
        .await
        .unwrap();

    let long_ago = OffsetDateTime::now_utc() - Duration::from_mins(1);
    until(|| revocations.is_revoked(&identity(tom, long_ago))).await;
}

async fn connect(nats: &Nats, life: &Lifecycle) -> Bus {
    #[derive(clap::Parser)]
    struct Flags {
        #[command(flatten)]
        bus: bus::Config,
    }
    let flags = Flags::try_parse_from(["test", "--nats-url", &nats.url()]).unwrap();
    boot::install_tls();
    Bus::connect(&flags.bus, "auth-test", life).await.unwrap()
}

async fn answer(bus: &Bus, roster: &Roster, life: &Lifecycle) {
    let roster = roster.clone();
    let handler = move |question: PullRequest| {
        let page: Result<_, Refusal> = Ok(roster.page(question));
        async move { Reply::from(page) }
    };
    bus.answer(Subject::ROSTER_CHANGES, 4, life, handler)
        .await
        .unwrap();
}

async fn until(condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), met)
        .await
        .expect("it never came true");
}
