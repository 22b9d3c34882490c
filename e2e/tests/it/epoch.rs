//! The log is another copy than before: what devices hold cannot be trusted.

use client::device::record::Event;
use serde_json::json;
use testkit::Kit;

#[tokio::test]
async fn a_rotated_epoch_closes_live_sockets_4000_and_resets_every_device() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    phone.send_text("before").await;
    desk.expect_text("before").await;
    let old = phone.state().epoch();

    kit.rotate_epoch().await;
    phone.send_text("after").await;
    phone.expect_confirmation().await;

    for device in [&phone, &desk] {
        device
            .wait_within("the other epoch", std::time::Duration::from_secs(40), |state| {
                state.epoch() != old && state.is_synced()
            })
            .await;
        device.expect_text("after").await;
        assert_eq!(device.texts(), ["before", "after"]);
        let record = device.record();
        assert!(record.contains(&Event::Closed { code: Some(4_000) }));
        assert!(record.contains(&Event::Dropped {
            conversation: anna.conversation()
        }));
    }
}

#[tokio::test]
async fn a_resume_with_another_epoch_is_told_to_reset() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    phone.send_text("hello").await;
    phone.expect_confirmation().await;

    let mut socket = kit.gateway(0).socket(&anna).await;
    let positions = json!({anna.conversation().to_string(): 1});
    let resume = json!({"epoch": uuid::Uuid::new_v4(), "positions": positions});
    let hello = json!({"type": "hello", "device": uuid::Uuid::new_v4(), "resume": resume});
    socket.send_json(&hello).await.unwrap();

    socket.expect("welcome").await;
    let page = socket.expect("sync").await;
    assert_eq!(page["reset"], "epoch_changed");
    assert_eq!(page["to"], 1);
    socket.expect("synced").await;
}
