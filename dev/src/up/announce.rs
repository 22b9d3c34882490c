//! The words that a person waits for.

use std::time::Duration;

use crate::demo::Demo;

pub fn ready(demo: &Demo, took: Duration) {
    let url = &demo.url;
    println!(
        "\nReady after {:.1} s: {url}   (`make trust` once, so that browsers believe its certificate)",
        took.as_secs_f64()
    );
    println!("\nSign in as");
    for person in &demo.people {
        let role = if person.role == protocol::error::Role::Trainer {
            "trainer"
        } else {
            "client"
        };
        println!("  {:<16} {role:<8} {url}/#token={}", person.name, person.token);
    }
    println!("\nChat from two terminals:   make talk AS=anna TO=tom      make talk AS=tom TO=anna");
    println!("Then kill a gateway:       make kill-gateway");
    println!("For scripts:               .dev/demo.json\n");
}
