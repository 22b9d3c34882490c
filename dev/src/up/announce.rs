//! The words that a person waits for.

use std::time::Duration;

use crate::demo::Demo;

pub fn ready(demo: &Demo, took: Duration) {
    let url = &demo.url;
    println!(
        "\nReady after {:.1} s: {url}   (`make trust` once, so that browsers believe its certificate)",
        took.as_secs_f64()
    );
    if !sandbox::workspace().join("web/app/dist/index.html").is_file() {
        println!("The web client is not built: `make up` does that; this runner alone does not.");
    }
    println!("\nSign in as");
    for person in &demo.people {
        let role = if person.role == protocol::error::Role::Trainer {
            "trainer"
        } else {
            "client"
        };
        println!(
            "  {:<16} {role:<8} {url}/#as={}",
            person.name,
            first_name(&person.name)
        );
    }
    println!("\nChat from two terminals:   make talk AS=anna TO=tom      make talk AS=tom TO=anna");
    println!("Then kill a gateway:       make kill-gateway");
    println!("For scripts:               .dev/demo.json\n");
}

/// What a sign-in link calls a person by.
fn first_name(name: &str) -> String {
    name.split(' ').next().unwrap_or(name).to_lowercase()
}
