//! What each service may do in the database. That each may do what it needs is shown by every other
//! story: services sign in with these roles in all of them.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use testkit::{Kit, Options};

const SERVICES: [&str; 3] = ["chat-history", "trainer-roster", "file-upload"];
/// What PostgreSQL calls a right that is missing.
const REFUSED: &str = "42501";
const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_service_and_the_owner_of_its_schema_touch_no_other_schema() {
    let kit = quiet().await;
    let tables = tables(kit.pool()).await;
    assert!(tables.len() > 25, "{tables:?}");

    for service in SERVICES {
        let own = sandbox::schema_of(service).unwrap();
        for role in [service, own] {
            let mut line = line(&kit, role).await;
            for (schema, table) in tables.iter().filter(|(schema, _)| schema != own) {
                for statement in [
                    format!("select from {schema}.{table}"),
                    format!("delete from {schema}.{table}"),
                    format!("drop table {schema}.{table}"),
                    format!("create table {schema}.spy (id int)"),
                ] {
                    assert_refused(&mut line, role, &statement).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_service_changes_rows_and_no_tables() {
    let kit = quiet().await;

    for service in SERVICES {
        let own = sandbox::schema_of(service).unwrap();
        let mut line = line(&kit, service).await;
        for (schema, table) in tables(kit.pool()).await {
            if schema != own {
                continue;
            }
            sqlx::query(AssertSqlSafe(format!("select from {schema}.{table} limit 1")))
                .execute(&mut line)
                .await
                .unwrap_or_else(|error| panic!("{service} reads {schema}.{table}: {error}"));
            for statement in [
                format!("truncate {schema}.{table}"),
                format!("alter table {schema}.{table} add column spy int"),
                format!("drop table {schema}.{table}"),
                format!("create index on {schema}.{table} ((1))"),
                format!("alter table {schema}.{table} owner to \"{service}\""),
            ] {
                assert_refused(&mut line, service, &statement).await;
            }
        }
        for statement in [
            format!("create table {own}.spy (id int)"),
            format!("create function {own}.spy() returns int language sql as 'select 1'"),
            format!("drop schema {own} cascade"),
            format!("set role {own}"),
            "create table public.spy (id int)".to_owned(),
            "create temporary table spy (id int)".to_owned(),
            "create schema spy".to_owned(),
            "create role spy superuser".to_owned(),
            "select rolpassword from pg_authid".to_owned(),
            "copy (select 1) to program 'cat'".to_owned(),
            "select pg_read_file('/etc/passwd')".to_owned(),
            format!("insert into {own}._sqlx_migrations select * from {own}._sqlx_migrations"),
        ] {
            assert_refused(&mut line, service, &statement).await;
        }
    }
}

#[tokio::test]
async fn what_is_written_once_is_not_taken_back_by_its_own_service() {
    let kit = quiet().await;

    for (service, statement) in [
        ("trainer-roster", "update roster.audit set action = 'nothing'"),
        ("trainer-roster", "delete from roster.audit"),
        ("trainer-roster", "update roster.change set number = 1"),
        ("trainer-roster", "delete from roster.change"),
        ("trainer-roster", "delete from roster.person"),
        ("trainer-roster", "insert into roster.counter (number) values (7)"),
        ("chat-history", "delete from chat.message"),
        ("chat-history", "delete from chat.conversation"),
        ("chat-history", "delete from chat.erasure"),
        ("chat-history", "update chat.contact set number = 1"),
        ("chat-history", "delete from chat.release"),
        ("chat-history", "update chat.meta set epoch = gen_random_uuid()"),
        ("file-upload", "delete from files.erasure"),
        ("file-upload", "delete from files.erased_file"),
        ("file-upload", "delete from files.follow"),
    ] {
        let mut line = line(&kit, service).await;
        assert_refused(&mut line, service, statement).await;
    }
}

#[tokio::test]
async fn nobody_else_of_the_server_enters_and_the_gateway_has_no_role() {
    let kit = quiet().await;
    let has = |role: &'static str, right: &'static str| {
        sqlx::query_scalar::<_, bool>("select has_database_privilege($1, current_database(), $2)")
            .bind(role)
            .bind(right)
            .fetch_one(kit.pool())
    };
    sqlx::query("create role a_stranger login")
        .execute(kit.pool())
        .await
        .unwrap();

    for (role, right, expected) in [
        ("a_stranger", "connect", false),
        ("a_stranger", "temporary", false),
        ("chat-history", "connect", true),
        ("chat-history", "temporary", false),
        ("chat", "temporary", false),
    ] {
        assert_eq!(has(role, right).await.unwrap(), expected, "{role} {right}");
    }
    for nobody in ["a_stranger", "gateway"] {
        assert!(
            PgConnection::connect(&kit.database_as(nobody)).await.is_err(),
            "{nobody} enters"
        );
    }
}

#[tokio::test]
async fn migrating_gives_a_service_the_rights_it_lacks_and_takes_those_it_does_not_need() {
    let kit = quiet().await;
    for statement in [
        "revoke all on chat.message from \"chat-history\"",
        "grant delete on chat.conversation to \"chat-history\"",
    ] {
        sqlx::query(statement).execute(kit.pool()).await.unwrap();
    }
    let mut line = line(&kit, "chat-history").await;
    assert_refused(&mut line, "chat-history", "select from chat.message").await;

    let (migrated, printed) = kit.tool("chat-history", &["--migrate"]).await;

    assert!(migrated, "{printed}");
    sqlx::query("select from chat.message")
        .execute(&mut line)
        .await
        .unwrap();
    assert_refused(&mut line, "chat-history", "delete from chat.conversation").await;
}

#[tokio::test]
async fn a_service_that_is_shut_out_of_the_database_says_unavailable_until_it_is_let_in() {
    let kit = Kit::start(Options {
        files: true,
        own_postgres: true,
        ..Options::default()
    })
    .await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let http = kit.http(&anna);
    let calls = [
        format!("/api/chat/history?userId={}&trainerId={}", anna.id, tom.id),
        "/api/user/trainers".to_owned(),
        format!("/api/files/{}", uuid::Uuid::now_v7()),
    ];

    for (service, path) in SERVICES.iter().zip(&calls) {
        let before = http.get(path).await.status;
        for statement in [
            format!("alter role \"{service}\" nologin"),
            format!("select pg_terminate_backend(pid) from pg_stat_activity where usename = '{service}'"),
        ] {
            let done = sqlx::query(AssertSqlSafe(statement)).execute(kit.pool()).await;
            done.unwrap();
        }
        let shut = http.get(path).await;
        assert_eq!(
            (shut.status, shut.code()),
            (503, "unavailable"),
            "{path}: {}",
            shut.body
        );

        let statement = format!("alter role \"{service}\" login");
        sqlx::query(AssertSqlSafe(statement))
            .execute(kit.pool())
            .await
            .unwrap();
        let back = sandbox::until("a service that was let in", WITHIN, || async {
            http.get(path).await.status == before
        });
        back.await.unwrap();
    }
}

/// Only a database with all schemas, and who is needed to have it.
async fn quiet() -> Kit {
    Kit::start(Options {
        gateways: 0,
        histories: 0,
        ..Options::default()
    })
    .await
}

async fn line(kit: &Kit, role: &str) -> PgConnection {
    let line = PgConnection::connect(&kit.database_as(role)).await;
    line.unwrap_or_else(|error| panic!("{role} signs in: {error}"))
}

/// Schema and name of every table of the services.
async fn tables(pool: &PgPool) -> Vec<(String, String)> {
    sqlx::query_as(
        "select schemaname::text, tablename::text
         from pg_tables
         where schemaname in ('chat', 'roster', 'files')
         order by 1, 2",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// PostgreSQL itself refuses, and for want of a right: a statement with a mistake would be refused too.
async fn assert_refused(line: &mut PgConnection, role: &str, statement: &str) {
    let refused = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(line)
        .await;
    let code = match refused {
        Ok(_) => None,
        Err(error) => error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .map(std::borrow::Cow::into_owned),
    };
    assert_eq!(code.as_deref(), Some(REFUSED), "{role}: {statement}");
}
