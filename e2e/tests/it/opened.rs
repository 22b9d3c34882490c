//! A booking opens the conversation.

use std::time::{Duration, Instant};

use protocol::{error::Role, http::BookingStatus};
use serde_json::json;
use testkit::{Kit, Options};

const BOOKINGS: usize = 25;
/// Of them, within a second: the others make room for a machine that does something else.
const MOST: usize = 23;

/// A booking whose doorbell is lost is found by the next look at the roster's list, up to 20 s later: whatever
/// is this fast was told by the doorbell.
#[tokio::test]
async fn a_booking_that_becomes_active_opens_the_conversation_within_a_second() {
    let options = Options {
        gateways: 2,
        ..Options::default()
    };
    let kit = Kit::start(options.unlimited()).await;
    let tom = kit.person("Tom", Role::Trainer).await;
    let (mut desk, _) = kit.gateway(0).greeted(&tom).await;
    let mut took = Vec::new();

    for n in 0..BOOKINGS {
        let anna = kit.person(&format!("Anna {n}"), Role::User).await;
        let (mut phone, _) = kit.gateway(1).greeted(&anna).await;
        let asked = Instant::now();
        kit.book(&anna, &tom, BookingStatus::Active).await;
        for (socket, peer) in [(&mut desk, anna.id), (&mut phone, tom.id)] {
            let open = |frame: &serde_json::Value| {
                frame["type"] == "conversation" && frame["peerId"] == json!(peer) && frame["canSend"] == true
            };
            socket.find(open).await.unwrap();
        }
        took.push(asked.elapsed());
    }

    took.sort_unstable();
    let (median, slowest) = (took[BOOKINGS / 2], took[BOOKINGS - 1]);
    println!("from the call to both live sockets: median {median:?}, slowest {slowest:?}");
    assert!(took[MOST - 1] < Duration::from_secs(1), "{took:?}");
    assert!(slowest < Duration::from_secs(5), "{took:?}");
}
