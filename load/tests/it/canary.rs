//! The canary as its operators run it, beside services that come and go.

use testkit::{Canary, Kit};

const SUCCESS: &str = "canary_rounds_total{outcome=\"success\"}";
const SIGN_IN: &str = "canary_rounds_total{outcome=\"sign_in\"}";
const LAST: &str = "canary_last_success_timestamp_seconds";

#[tokio::test]
async fn the_canary_tells_how_long_a_message_takes_over_two_gateways_and_ends_when_told() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;

    let mut canary = Canary::start(&kit, &anna, &tom);
    canary.until(|metrics| metrics[SUCCESS] >= 2.0).await;

    let metrics = canary.metrics().await;
    for name in [
        "canary_sign_in_seconds",
        "canary_ack_seconds",
        "canary_deliver_seconds",
    ] {
        assert!(metrics[&format!("{name}_count")] >= 2.0, "{metrics:?}");
        assert!(metrics[&format!("{name}_sum")] > 0.0, "{metrics:?}");
    }
    assert!(metrics[LAST] > 1.7e9, "{metrics:?}");
    let log = kit.log(anna.conversation()).await;
    assert!(log.len() >= 2, "the messages are in the log");
    assert!(canary.is_healthy());
    let ended = canary.terminate().await;
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn a_canary_whose_gateway_is_gone_says_so_and_goes_on_when_it_is_back() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let canary = Canary::start(&kit, &anna, &tom);
    canary.until(|metrics| metrics[SUCCESS] >= 1.0).await;

    kit.gateway(1).kill();
    canary.until(|metrics| metrics[SIGN_IN] >= 1.0).await;
    let gone = canary.metrics().await;
    kit.gateway(1).restart().await;

    canary
        .until(|metrics| metrics[SUCCESS] > gone[SUCCESS] && metrics[LAST] > gone[LAST])
        .await;
}
