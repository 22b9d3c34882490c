//! Every story ends with a look into its logs.

use testkit::Kit;

#[tokio::test]
#[should_panic(expected = "a log of this story carries\ngateway-9.log: what somebody wrote")]
async fn a_story_fails_when_a_log_carries_what_somebody_wrote() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;
    let mut phone = kit.gateway(0).connect(&anna).await;

    phone.send_text("nobody else may read this").await;
    phone.expect_confirmation().await;

    std::fs::write(
        kit.logs().join("gateway-9.log"),
        "stored `nobody else may read this`",
    )
    .unwrap();
}

#[tokio::test]
#[should_panic(expected = "a log of this story carries\nroster-9.log: a token")]
async fn a_story_fails_when_a_log_carries_a_token() {
    let kit = Kit::with_gateways(1).await;
    let (anna, _) = kit.client_with_trainer("Anna", "Tom").await;

    std::fs::write(
        kit.logs().join("roster-9.log"),
        format!("asked by {}", anna.token),
    )
    .unwrap();
}
