use sandbox::{Postgres, PostgresOptions, SmallDisk};
use sqlx::{Connection, Executor, PgConnection};

#[tokio::test]
async fn a_small_disk_is_full_when_it_is_told_so_and_has_room_afterwards() {
    let disk = match SmallDisk::mount(128).await {
        Ok(disk) => disk,
        Err(refused) => return not_shown(&refused),
    };
    let options = PostgresOptions {
        data: Some(disk.path().join("data")),
        ..PostgresOptions::default()
    };
    let postgres = Postgres::start(options).await.unwrap();
    let mut connection = PgConnection::connect(&postgres.url("postgres")).await.unwrap();
    let grow = "create table big as select repeat(md5(n::text), 20) from generate_series(1, 4000) n";

    disk.fill().unwrap();
    let full = connection.execute(grow).await.unwrap_err();
    disk.free().unwrap();

    assert!(full.to_string().contains("No space left"), "{full}");
    connection.execute(grow).await.unwrap();
}

/// Not captured, so that nobody takes this test's word for what it did not see.
fn not_shown(why: &dyn std::fmt::Display) {
    use std::io::Write;
    let mut stderr = std::io::stderr();
    writeln!(stderr, "NOT SHOWN: this machine mounts no small disk ({why})").unwrap();
}
