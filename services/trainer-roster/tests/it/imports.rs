//! `POST /api/directory/import`.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use reqwest::{Body, Method};
use sandbox::{Postgres, PostgresOptions};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::house::{House, booking, migration, platform, run, token, user, with};

const WITHIN: Duration = Duration::from_secs(20);

fn user_line(id: Uuid, name: &str, role: &str) -> Value {
    with(with(user(name, role), "type", "user"), "id", id.to_string())
}

fn booking_line(id: Uuid, trainer: Uuid, client: Uuid) -> Value {
    let line = with(booking(trainer, client, "active"), "type", "booking");
    with(line, "id", id.to_string())
}

async fn post(house: &House, body: impl Into<Body>) -> reqwest::Response {
    let client = reqwest::Client::new();
    let request = client.post(format!("{}/api/directory/import", house.url));
    request.bearer_auth(platform()).body(body).send().await.unwrap()
}

/// The report's lines.
async fn import(house: &House, lines: &[impl ToString]) -> Vec<Value> {
    let body: Vec<_> = lines.iter().map(ToString::to_string).collect();
    let reply = post(house, body.join("\n")).await;
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "application/x-ndjson");
    read(&reply.text().await.unwrap())
}

fn read(report: &str) -> Vec<Value> {
    report
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn users_and_bookings_of_one_stream_are_kept_in_their_order() {
    let house = House::start().await;
    let (tom, anna, id) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());

    let report = import(
        &house,
        &[
            user_line(tom, "Tom", "Trainer"),
            user_line(anna, "Anna", "User"),
            booking_line(id, tom, anna),
        ],
    )
    .await;

    assert_eq!(
        report,
        [json!({"type": "done", "lines": 3, "accepted": 3, "refused": 0})]
    );
    let clients = house.get("/api/trainer/clients", &token(tom, "Trainer")).await;
    assert_eq!(clients.names(), ["Anna"]);
    assert_eq!(house.changes().await, [1], "the relation is numbered as ever");
    let via: Vec<String> = sqlx::query_scalar("select via || ' ' || action from roster.audit order by id")
        .fetch_all(&house.pool)
        .await
        .unwrap();
    assert_eq!(
        via,
        ["import user_added", "import user_added", "import booking_added"]
    );
}

#[tokio::test]
async fn each_bad_line_is_told_with_its_number_and_field_and_its_neighbours_are_kept() {
    let house = House::start().await;
    let (tom, anna) = (Uuid::new_v4(), Uuid::new_v4());
    let stranger = Uuid::new_v4();
    let lines = [
        user_line(tom, "Tom", "Trainer").to_string(),
        "no json".to_owned(),
        with(user_line(anna, "Anna", "User"), "email", "anna").to_string(),
        with(user_line(anna, "Anna", "User"), "role", "Platform").to_string(),
        with(user_line(anna, "Anna", "User"), "type", "gym").to_string(),
        with(user_line(anna, "Anna", "User"), "id", "42").to_string(),
        with(user_line(anna, "Anna", "User"), "name", 7).to_string(),
        booking_line(Uuid::new_v4(), tom, stranger).to_string(),
        with(booking_line(Uuid::new_v4(), tom, tom), "endsAt", "soon").to_string(),
        format!("{{\"type\":\"user\",\"name\":\"{}\"}}", "x".repeat(20_000)),
        String::new(),
        user_line(anna, "Anna", "User").to_string(),
        "[".repeat(9_000),
        "{\"type\":\"user\"}".to_owned(),
    ];

    let report = import(&house, &lines).await;

    let told: Vec<_> = report
        .iter()
        .map(|line| (line["line"].clone(), line["code"].clone(), line["field"].clone()))
        .collect();
    let refused = |line: u64, code: &str, field: &str| {
        let field = if field.is_empty() {
            Value::Null
        } else {
            json!(field)
        };
        (json!(line), json!(code), field)
    };
    assert_eq!(
        told[..told.len() - 1],
        [
            refused(2, "bad_frame", ""),
            refused(3, "invalid_field", "email"),
            refused(4, "invalid_field", "role"),
            refused(5, "invalid_field", "type"),
            refused(6, "invalid_field", "id"),
            refused(7, "bad_frame", ""),
            refused(8, "invalid_field", "clientId"),
            refused(9, "invalid_field", "endsAt"),
            refused(10, "payload_too_large", ""),
            refused(13, "bad_frame", ""),
            refused(14, "invalid_field", "id"),
        ]
    );
    let end = json!({"type": "done", "lines": 14, "accepted": 2, "refused": 11});
    assert_eq!(report.last(), Some(&end));
    assert!(report[0]["message"].as_str().unwrap().contains("JSON"));
    assert_eq!(people(&house).await, ["Anna", "Tom"]);
}

#[tokio::test]
async fn sending_the_same_again_changes_nothing_and_an_older_version_neither() {
    let house = House::start().await;
    let (tom, anna, id) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    let lines = [
        with(user_line(tom, "Tom", "Trainer"), "version", 2),
        user_line(anna, "Anna", "User"),
        booking_line(id, tom, anna),
        with(user_line(tom, "Thomas", "Trainer"), "version", 1),
    ];

    for _ in 0..2 {
        let report = import(&house, &lines).await;
        assert_eq!(
            report,
            [json!({"type": "done", "lines": 4, "accepted": 4, "refused": 0})]
        );
    }

    assert_eq!(people(&house).await, ["Anna", "Tom"]);
    assert_eq!(house.changes().await, [1]);
}

#[tokio::test]
async fn a_bad_line_is_told_while_the_rest_is_still_being_sent() {
    let house = House::start().await;
    let (feed, body) = mpsc::channel::<Bytes>(4);
    let body = stream::unfold(body, |mut body| async move {
        let chunk = body.recv().await?;
        Some((Ok::<_, Infallible>(chunk), body))
    });
    feed.send("nonsense\n".into()).await.unwrap();

    let reply = post(&house, Body::wrap_stream(body)).await;
    let mut report = reply.bytes_stream();
    let first = report.next().await.unwrap().unwrap();
    let anna = Uuid::new_v4();
    feed.send(user_line(anna, "Anna", "User").to_string().into())
        .await
        .unwrap();
    drop(feed);
    let rest = report.next().await.unwrap().unwrap();

    assert_eq!(read(std::str::from_utf8(&first).unwrap())[0]["line"], 1);
    let end = json!({"type": "done", "lines": 2, "accepted": 1, "refused": 1});
    assert_eq!(read(std::str::from_utf8(&rest).unwrap()), [end]);
}

/// Sixteen megabytes, all of it bad: every line is answered.
#[tokio::test]
async fn an_import_of_any_length_needs_little_memory() {
    let house = House::start().await;
    let bad = format!("{{\"type\":\"user\",\"padding\":\"{}\"}}\n", "x".repeat(8_000));
    let chunk = Bytes::from(bad.repeat(20));
    import(&house, &["warm up"]).await;
    let before = house.resident_kib();

    let chunks = stream::iter((0..100).map(move |_| Ok::<_, Infallible>(chunk.clone())));
    let reply = post(&house, Body::wrap_stream(chunks)).await;
    let mut report = reply.bytes_stream();
    let (mut lines, mut peak) = (0, 0);
    while let Some(piece) = report.next().await {
        let told = std::str::from_utf8(&piece.unwrap())
            .unwrap()
            .matches('\n')
            .count();
        if lines / 200 != (lines + told) / 200 {
            peak = peak.max(house.resident_kib());
        }
        lines += told;
    }

    assert_eq!(lines, 2_001);
    assert!(
        peak > 0 && peak < before + 6 * 1024,
        "from {before} KiB to {peak} KiB"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_the_lines_that_came_whole() {
    let house = House::start().await;
    let (feed, body) = mpsc::channel::<Bytes>(4);
    let body = stream::unfold(body, |mut body| async move {
        let chunk = body.recv().await.ok_or_else(|| std::io::Error::other("cut"));
        Some((chunk, body))
    });
    let reply = post(&house, Body::wrap_stream(body)).await;
    let line = user_line(Uuid::new_v4(), "Anna", "User").to_string();
    feed.send(format!("{line}\n").into()).await.unwrap();
    let kept = sandbox::until("the first line", WITHIN, || async {
        people(&house).await == ["Anna"]
    });
    kept.await.unwrap();

    // A line is whole only when its end has come.
    let rest = user_line(Uuid::new_v4(), "Ben", "User").to_string();
    feed.send(rest.into()).await.unwrap();
    drop(feed);

    assert!(
        reply.text().await.is_err_and(|error| !error.is_timeout()),
        "no last line"
    );
    assert_eq!(people(&house).await, ["Anna"]);
}

#[tokio::test]
async fn while_the_database_is_away_the_import_says_where_it_stopped() {
    let mut server = Postgres::start(PostgresOptions::default()).await.unwrap();
    server.create_database("roster", None).await.unwrap();
    server.prepare("roster").await.unwrap();
    assert_eq!(run(migration(&server.url("roster"))).await.0, Some(0));
    let house = House::start_on(server.url("roster")).await;
    let (feed, body) = mpsc::channel::<Bytes>(4);
    let body = stream::unfold(body, |mut body| async move {
        let chunk = body.recv().await?;
        Some((Ok::<_, Infallible>(chunk), body))
    });
    feed.send(format!("{}\nnonsense\n", user_line(Uuid::new_v4(), "Anna", "User")).into())
        .await
        .unwrap();
    let mut report = post(&house, Body::wrap_stream(body)).await.bytes_stream();
    report.next().await.unwrap().unwrap();

    server.kill();
    let ben = user_line(Uuid::new_v4(), "Ben", "User").to_string();
    feed.send(format!("{ben}\n{ben}\n").into()).await.unwrap();

    let said = report.next().await.unwrap().unwrap();
    let said = read(std::str::from_utf8(&said).unwrap());
    assert_eq!(
        (&said[0]["type"], &said[0]["line"], &said[0]["code"]),
        (&json!("stopped"), &json!(3), &json!("unavailable"))
    );
    assert!(report.next().await.is_none());
    server.restart().await.unwrap();
    let mut lines = vec![ben];
    lines.push(String::new());
    let again = sandbox::until("the rest", WITHIN, || async {
        import(&house, &lines).await[0]["type"] == "done"
    });
    again.await.unwrap();
    assert_eq!(people(&house).await, ["Anna", "Ben"]);
}

#[tokio::test]
async fn a_third_import_at_once_is_told_to_come_back() {
    let house = House::start().await;
    let endless = || Body::wrap_stream(stream::pending::<Result<Bytes, Infallible>>());
    let (one, two) = (post(&house, endless()).await, post(&house, endless()).await);

    let third = post(&house, endless()).await;

    assert_eq!((one.status().as_u16(), two.status().as_u16()), (200, 200));
    assert_eq!(third.status(), 503);
    assert!(third.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_role_that_changes_by_import_signs_out() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    let mine = token(tom, "Trainer");

    import(&house, &[user_line(tom, "Tom", "User")]).await;

    let reply = house.call(Method::GET, "/api/trainer/clients", &mine, None).await;
    assert_eq!(reply.status, 401);
}

async fn people(house: &House) -> Vec<String> {
    let names = sqlx::query_scalar("select name from roster.person order by name");
    names.fetch_all(&house.pool).await.unwrap_or_default()
}

impl House {
    /// Memory of the service.
    fn resident_kib(&self) -> u64 {
        let mut ps = std::process::Command::new("ps");
        let printed = ps
            .args(["-o", "rss=", "-p", &self.pid().to_string()])
            .output()
            .unwrap();
        String::from_utf8(printed.stdout).unwrap().trim().parse().unwrap()
    }
}
