use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use sandbox::{Mood, Nats, NatsOptions, Postgres, PostgresOptions, S3, S3Options, Scratch, free_port};
use sqlx::{Connection, Executor, PgConnection, Row};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

#[tokio::test]
async fn a_killed_postgres_comes_back_with_what_it_committed() {
    let mut postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    postgres.create_database("anna", None).await.unwrap();
    let mut before = PgConnection::connect(&postgres.url("anna")).await.unwrap();
    sqlx::query("create table note as select 1 as n")
        .execute(&mut before)
        .await
        .unwrap();

    postgres.kill();
    assert!(before.ping().await.is_err());
    postgres.restart().await.unwrap();

    let mut after = PgConnection::connect(&postgres.url("anna")).await.unwrap();
    let note: i32 = sqlx::query("select n from note")
        .fetch_one(&mut after)
        .await
        .unwrap()
        .get(0);
    assert_eq!(note, 1);
}

#[tokio::test]
async fn a_restored_postgres_knows_what_it_knew_at_the_backup_and_nothing_later() {
    let mut postgres = Postgres::start(PostgresOptions::default()).await.unwrap();
    let mut before = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
    before
        .execute("create table note as select 1 as n")
        .await
        .unwrap();

    let backup = postgres.back_up().await.unwrap();
    let mut later = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
    later.execute("insert into note values (2)").await.unwrap();
    postgres.restore(&backup).await.unwrap();

    let mut after = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
    let rows = after.fetch_all("select n from note").await.unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn a_promoted_standby_has_every_commit_that_its_killed_primary_answered() {
    let mut primary = Postgres::start(PostgresOptions::default()).await.unwrap();
    let standby = Postgres::follow(&primary, PostgresOptions::default())
        .await
        .unwrap();
    primary.require_standby().await.unwrap();
    let mut writer = PgConnection::connect(&primary.url("postgres")).await.unwrap();
    for create in [
        "create table note as select 1 as n",
        "insert into note values (2)",
    ] {
        writer.execute(create).await.unwrap();
    }

    primary.kill();
    standby.promote().await.unwrap();

    let mut reader = PgConnection::connect(&standby.url("postgres")).await.unwrap();
    reader.execute("insert into note values (3)").await.unwrap();
    let rows = reader.fetch_all("select n from note").await.unwrap();
    assert_eq!(rows.len(), 3);
}

#[tokio::test]
async fn a_commit_waits_for_the_standby() {
    let primary = Postgres::start(PostgresOptions::default()).await.unwrap();
    let mut standby = Postgres::follow(&primary, PostgresOptions::default())
        .await
        .unwrap();
    primary.require_standby().await.unwrap();
    let mut writer = PgConnection::connect(&primary.url("postgres")).await.unwrap();

    standby.stop().unwrap();
    let waiting = writer.execute("create table note as select 1 as n");
    assert!(
        tokio::time::timeout(Duration::from_secs(1), waiting)
            .await
            .is_err()
    );
    standby.resume().unwrap();

    primary.in_step().await.unwrap();
}

#[tokio::test]
async fn data_that_the_servers_user_cannot_reach_is_kept_elsewhere_until_its_folder_is_removed() {
    let home = Scratch::new("home").unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let dir = home.path().join("postgres");
    let start = || {
        Postgres::start(PostgresOptions {
            dir: Some(dir.clone()),
            ..Default::default()
        })
    };

    start()
        .await
        .unwrap()
        .create_database("anna", None)
        .await
        .unwrap();
    let kept = start().await.unwrap();
    assert!(PgConnection::connect(&kept.url("anna")).await.is_ok());
    drop(kept);

    let elsewhere = std::fs::read_to_string(dir.join("elsewhere")).ok();
    std::fs::remove_dir_all(&dir).unwrap();
    let fresh = start().await.unwrap();
    assert!(PgConnection::connect(&fresh.url("anna")).await.is_err());
    drop(fresh);
    elsewhere.map(std::fs::remove_dir_all).transpose().unwrap();
}

#[tokio::test]
async fn a_database_is_a_copy_of_its_template() {
    let postgres = Postgres::start(PostgresOptions {
        fsync: false,
        ..Default::default()
    })
    .await
    .unwrap();
    postgres.create_database("template", None).await.unwrap();
    let mut template = PgConnection::connect(&postgres.url("template")).await.unwrap();
    sqlx::query("create table note ()")
        .execute(&mut template)
        .await
        .unwrap();
    template.close().await.unwrap();

    postgres.create_database("copy", Some("template")).await.unwrap();

    let mut copy = PgConnection::connect(&postgres.url("copy")).await.unwrap();
    assert!(sqlx::query("select from note").execute(&mut copy).await.is_ok());
}

#[tokio::test]
async fn commits_are_durable_unless_a_test_says_otherwise() {
    let postgres = Postgres::start(PostgresOptions::default()).await.unwrap();

    let mut connection = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
    let settings = sqlx::query("select current_setting('fsync'), current_setting('synchronous_commit')")
        .fetch_one(&mut connection)
        .await
        .unwrap();

    assert_eq!((settings.get(0), settings.get(1)), ("on", "on"));
}

#[tokio::test]
async fn a_frozen_postgres_answers_nothing_until_it_is_resumed() {
    let mut postgres = Postgres::start(PostgresOptions {
        fsync: false,
        ..Default::default()
    })
    .await
    .unwrap();
    let mut connection = PgConnection::connect(&postgres.url("postgres")).await.unwrap();

    postgres.stop().unwrap();
    let ping = connection.ping();
    tokio::pin!(ping);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), &mut ping)
            .await
            .is_err()
    );

    postgres.resume().unwrap();
    ping.await.unwrap();
}

#[tokio::test]
async fn a_killed_nats_server_comes_back_on_its_port() {
    let mut nats = Nats::start(NatsOptions::default()).await.unwrap();
    let url = nats.url();

    nats.kill();
    assert!(TcpStream::connect(("127.0.0.1", nats.port())).await.is_err());
    nats.restart().await.unwrap();

    let mut info = [0; 5];
    TcpStream::connect(("127.0.0.1", nats.port()))
        .await
        .unwrap()
        .read_exact(&mut info)
        .await
        .unwrap();
    assert_eq!(&info, b"INFO ");
    assert_eq!(nats.url(), url);
}

#[tokio::test]
async fn a_server_that_ends_at_once_is_told_apart_from_a_slow_one() {
    let options = NatsOptions {
        arguments: vec!["--no-such-flag".to_owned()],
        ..Default::default()
    };

    let error = Nats::start(options).await.unwrap_err();

    assert!(matches!(error, sandbox::Error::Ended { .. }), "{error}");
}

#[tokio::test]
async fn an_object_survives_a_restart_of_s3() {
    let mut s3 = S3::start(S3Options::default()).unwrap();
    let client = client_of(&s3);
    client
        .put_object()
        .bucket(S3::BUCKET)
        .key("photo")
        .body(b"pixels".to_vec().into())
        .send()
        .await
        .unwrap();

    s3.kill();
    assert!(
        client
            .get_object()
            .bucket(S3::BUCKET)
            .key("photo")
            .send()
            .await
            .is_err()
    );
    s3.restart().unwrap();

    let object = client
        .get_object()
        .bucket(S3::BUCKET)
        .key("photo")
        .send()
        .await
        .unwrap();
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"pixels");
}

#[tokio::test]
async fn a_moody_s3_refuses_cuts_and_recovers() {
    let s3 = S3::start(S3Options::default()).unwrap();
    let client = client_of(&s3);

    for mood in [Mood::Unavailable, Mood::Cuts] {
        s3.set_mood(mood);
        assert!(client.list_objects_v2().bucket(S3::BUCKET).send().await.is_err());
    }
    s3.set_mood(Mood::Hangs);
    let hung = client.list_objects_v2().bucket(S3::BUCKET).send();
    assert!(
        tokio::time::timeout(Duration::from_millis(300), hung)
            .await
            .is_err()
    );

    s3.set_mood(Mood::Well);
    client.list_objects_v2().bucket(S3::BUCKET).send().await.unwrap();
}

#[test]
fn no_port_is_given_twice() {
    let mut ports: Vec<u16> = (0..200).map(|_| free_port()).collect();

    ports.sort_unstable();
    ports.dedup();

    assert_eq!(ports.len(), 200);
}

fn client_of(s3: &S3) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(S3::REGION))
        .endpoint_url(s3.endpoint())
        .credentials_provider(Credentials::new(
            S3::ACCESS_KEY,
            S3::SECRET_KEY,
            None,
            None,
            "sandbox",
        ))
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}
