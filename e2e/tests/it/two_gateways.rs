use testkit::Kit;

#[tokio::test]
async fn a_message_reaches_a_client_on_another_gateway() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;

    let mut phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;

    phone.send_text("ready for Monday").await;
    desk.expect_text("ready for Monday").await;
    phone.expect_confirmation().await;

    desk.send_text("see you at seven").await;
    phone.expect_text("see you at seven").await;
    desk.expect_confirmation().await;
    assert_eq!(phone.texts(), ["ready for Monday", "see you at seven"]);
}

#[tokio::test]
async fn every_device_of_both_people_sees_the_same_thread() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let tablet = kit.gateway(1).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;

    phone.send_text("first").await;
    let ack = phone.expect_confirmation().await;
    let edit = phone.edit(ack.seq.unwrap(), "first, corrected").await;
    phone.expect_ack(edit).await;
    phone.send_text("second").await;
    let second = phone.expect_confirmation().await.seq.unwrap();
    let gone = phone.delete(second).await;
    let head = phone.expect_ack(gone).await.position.unwrap();

    for device in [&phone, &tablet, &desk] {
        device.wait_until(anna.conversation(), head).await;
        let rows = device.rows(anna.conversation());
        let digests: Vec<_> = rows.iter().map(client::Digest::from).collect();
        assert_eq!(digests, kit.log(anna.conversation()).await);
        assert_eq!(device.texts(), ["first, corrected", ""]);
    }
}

#[tokio::test]
async fn a_device_whose_socket_was_cut_resumes_with_everything_it_missed() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let phone = kit.gateway(0).connect(&anna).await;
    let mut desk = kit.gateway(1).connect(&tom).await;
    desk.send_text("one").await;
    phone.expect_text("one").await;

    phone.cut().await;
    desk.send_text("two").await;
    desk.send_text("three").await;
    desk.flushed().await;

    phone.expect_text("three").await;
    phone.synced().await;
    assert_eq!(phone.texts(), ["one", "two", "three"]);
}

#[tokio::test]
async fn what_was_written_without_a_socket_leaves_in_order_once_there_is_one() {
    let kit = Kit::with_gateways(1).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(0).connect(&tom).await;

    phone.cut().await;
    for text in ["one", "two", "three"] {
        phone.send_text(text).await;
    }

    desk.expect_text("three").await;
    phone.flushed().await;
    assert_eq!(desk.texts(), ["one", "two", "three"]);
}

#[tokio::test]
async fn a_gateway_killed_in_the_middle_of_a_conversation_loses_nothing() {
    let kit = Kit::with_gateways(2).await;
    let (anna, tom) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;
    let desk = kit.gateway(1).connect(&tom).await;
    for number in 0..20 {
        phone.send_text(&format!("message {number}")).await;
    }
    phone.in_flight(anna.conversation()).await;

    kit.gateway(0).kill();

    phone.flushed().await;
    desk.expect_text("message 19").await;
    let written: Vec<_> = (0..20).map(|number| format!("message {number}")).collect();
    assert_eq!(desk.texts(), written);
}
