use e2e::exchange::{self, Plan};

#[tokio::test]
async fn an_exchange_under_gateway_kills_ends_with_every_device_equal_to_sql() {
    let plan = Plan {
        messages: 600,
        kills: 3,
    };

    let outcome = exchange::run(plan).await;

    println!("{outcome}");
    assert_eq!(outcome.messages, plan.messages);
    assert_eq!(outcome.kills, plan.kills);
    assert!(outcome.retried >= plan.kills);
    assert_eq!(outcome.compared, 18);
    assert!(outcome.caught_up.len() >= plan.kills, "nobody was measured");
    assert!(outcome.anomalies.is_empty());
}
