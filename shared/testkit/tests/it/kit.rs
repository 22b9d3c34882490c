use testkit::Kit;

#[tokio::test]
async fn two_kits_beside_each_other_know_nothing_of_each_other() {
    let (one, other) = tokio::join!(Kit::with_gateways(1), Kit::with_gateways(1));

    let (anna, _) = one.client_with_trainer("Anna", "Tom").await;

    let here = one.http(&anna).get("/api/user/trainers").await;
    let there = other.http(&anna).get("/api/user/trainers").await;
    assert_eq!(here.body["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(there.body["data"].as_array().map(Vec::len), Some(0));
}
