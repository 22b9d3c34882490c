//! Finding one of very many clients, and how fast beside the bare query.

use std::time::{Duration, Instant};

use sqlx::{Executor, PgPool};
use uuid::Uuid;

use crate::house::{House, token};

const CLIENTS: &str = "/api/trainer/clients";
const PAGE: usize = 50;
const ROUNDS: usize = 300;
/// Past what one person asks for; interleaved, so that both meet the same machine.
const WARM_UP: usize = 20;

/// A trainer with this many clients, among as many people who are nobody's.
async fn crowd(house: &House, clients: i32) -> Uuid {
    let tom = house.trainer("Tom").await;
    let made = sqlx::query(
        "with person as (
            insert into roster.person (id, name, email, folded, role)
            select gen_random_uuid(), 'Person ' || n, n || '@example.com',
                'person ' || md5(n::text) || E'\n' || n || '@example.com', 'User'
            from generate_series(1, $2 * 2) n
            returning id, folded
        )
        insert into roster.relation (trainer_id, client_id, active, booked, activity_at)
        select $1, id, true, true, now() - random() * interval '1 year'
        from person
        limit $2",
    );
    made.bind(tom).bind(clients).execute(&house.pool).await.unwrap();
    for statement in ["vacuum analyze roster.person", "vacuum analyze roster.relation"] {
        house.pool.execute(statement).await.unwrap();
    }
    tom
}

#[tokio::test]
async fn a_search_among_ten_thousand_clients_uses_the_trigram_index() {
    let house = House::start().await;
    let tom = crowd(&house, 10_000).await;
    let wanted: String = sqlx::query_scalar(
        "select p.folded from roster.person p join roster.relation r on r.client_id = p.id limit 1",
    )
    .fetch_one(&house.pool)
    .await
    .unwrap();
    let middle = &wanted[10..22];
    let scans = async || -> i64 {
        sqlx::query_scalar(
            "select pg_stat_get_numscans('roster.person_folded'::regclass)
                + 0 * pg_stat_get_numscans('roster.person'::regclass)",
        )
        .fetch_one(&house.pool)
        .await
        .unwrap()
    };

    let found = house
        .get(&format!("{CLIENTS}?search={middle}"), &token(tom, "Trainer"))
        .await;

    assert_eq!(found.names().len(), 1, "{middle}");
    // What a connection has counted is told a moment later.
    let used = sandbox::until("a scan of the index", Duration::from_secs(20), || async {
        scans().await > 0
    });
    used.await.unwrap();
}

#[tokio::test]
async fn pages_of_a_search_hold_every_match_once_in_the_order_of_latest_activity() {
    let house = House::start().await;
    let tom = crowd(&house, 1_000).await;
    let expected: Vec<String> = sqlx::query_scalar(
        "select p.id::text from roster.relation r join roster.person p on p.id = r.client_id
        where p.folded like '%ab%' order by r.activity_at desc, r.client_id",
    )
    .fetch_all(&house.pool)
    .await
    .unwrap();
    assert!(expected.len() > 50);

    let mut path = format!("{CLIENTS}?search=AB&limit=7");
    let mut listed = Vec::new();
    loop {
        let page = house.get(&path, &token(tom, "Trainer")).await;
        listed.extend(page.column("userID").into_iter().map(str::to_owned));
        match page.next() {
            Some(next) => path = next,
            None => break,
        }
    }

    assert_eq!(listed, expected);
}

/// `make bench-roster`.
#[tokio::test]
#[ignore = "a measurement"]
async fn the_first_page_of_ten_thousand_clients_beside_the_bare_query() {
    let house = House::start().await;
    let tom = crowd(&house, 10_000).await;
    let mine = token(tom, "Trainer");

    for search in ["", "%c0ffee%", "%ab%"] {
        let query = search.trim_matches('%');
        let path = format!("{CLIENTS}?limit={PAGE}&search={query}");
        let (mut bare, mut page) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS + WARM_UP {
            let began = Instant::now();
            let rows = query_bare(&house.pool, tom, search).await;
            let bare_took = began.elapsed();
            let began = Instant::now();
            let reply = house.get(&path, &mine).await;
            if round >= WARM_UP {
                bare.push(bare_took);
                page.push(began.elapsed());
            }
            assert_eq!((reply.status, reply.names().len()), (200, rows.min(PAGE)));
        }
        let (bare, page) = (p99(bare), p99(page));
        let times = page.as_secs_f64() / bare.as_secs_f64();
        println!(
            "search {query:>8}: p99 of the first page {page:?}, of the bare query {bare:?}: {times:.2} times"
        );
        assert!(times < 3.0, "more than three times the bare query");
    }
}

/// The query as one would type it, read row by row.
async fn query_bare(pool: &PgPool, trainer: Uuid, pattern: &str) -> usize {
    let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
        "select p.id, p.name, p.email
        from roster.relation r
        join roster.person p on p.id = r.client_id
        where r.trainer_id = $1 and r.active and p.role = 'User' and ($2 = '' or p.folded like $2)
        order by r.activity_at desc, r.client_id
        limit 50",
    )
    .bind(trainer)
    .bind(pattern)
    .fetch_all(pool)
    .await
    .unwrap();
    rows.len()
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}
