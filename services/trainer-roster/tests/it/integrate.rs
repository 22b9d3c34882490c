//! What `docs/integrate.md` tells integrators to type.

use sandbox::{Scratch, Spec};
use serde_json::{Value, json};

use crate::house::{House, platform, run, token};

const GUIDE: &str = include_str!("../../../../docs/integrate.md");

#[tokio::test]
async fn the_commands_of_the_guide_work_as_written() {
    let house = House::start().await;
    let tom = house.trainer("Tom").await;
    let folder = Scratch::new("guide").unwrap();
    // What `make up` leaves for scripts.
    let demo = json!({
        "url": house.url,
        "platformToken": platform(),
        "people": [{ "id": tom, "role": "Trainer", "token": token(tom, "Trainer") }],
    });
    std::fs::create_dir(folder.path().join(".dev")).unwrap();
    std::fs::write(folder.path().join(".dev/demo.json"), demo.to_string()).unwrap();

    let bash = Spec::new("guide", "/bin/bash")
        .args(["-euc", &commands()])
        .directory(folder.path());
    let (code, printed) = run(bash).await;

    assert_eq!(code, Some(0), "{printed}");
    let lines: Vec<&str> = printed.lines().collect();
    let [user, booking, list, refused, done, sign_out] = lines.as_slice() else {
        panic!("{printed}");
    };
    assert_eq!([user, booking, sign_out], [&"204"; 3]);
    assert!(refused.contains(r#""line":2"#) && refused.contains(r#""field":"email""#));
    assert_eq!(*done, r#"{"type":"done","lines":3,"accepted":2,"refused":1}"#);
    let list: Value = serde_json::from_str(list).unwrap();
    assert_eq!(list["data"][0]["name"], "Jörg Weiß");
}

/// The shell blocks that are commands and not settings.
fn commands() -> String {
    let blocks = GUIDE
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| !block.starts_with("SPOTTER_")).collect()
}
