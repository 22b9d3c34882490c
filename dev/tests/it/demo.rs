use dev::demo::{Demo, Person};
use dev::host::Host;
use dev::keys::Keys;
use protocol::error::Role;
use sandbox::Scratch;

#[test]
fn the_demo_has_three_trainers_and_twelve_clients_who_can_be_called_by_name() {
    let demo = demo();

    let trainers = demo
        .people
        .iter()
        .filter(|person| person.role == Role::Trainer)
        .count();
    assert_eq!((trainers, demo.people.len()), (3, 15));
    assert_eq!(demo.person("anna").unwrap().name, "Anna Keller");
    assert!(demo.person("nobody").unwrap_err().to_string().contains("Anna"));
}

#[test]
fn people_keep_their_ids_from_one_start_to_the_next() {
    let ids = || {
        demo()
            .people
            .into_iter()
            .map(|person| person.id)
            .collect::<Vec<_>>()
    };

    assert_eq!(ids(), ids());
}

#[test]
fn keys_are_made_once_and_only_their_owner_reads_them() {
    let scratch = Scratch::new("keys").unwrap();

    Keys::load(scratch.path()).unwrap();
    let first = std::fs::read(scratch.path().join("jwt.pem")).unwrap();
    Keys::load(scratch.path()).unwrap();

    assert_eq!(std::fs::read(scratch.path().join("jwt.pem")).unwrap(), first);
    let mode = std::fs::metadata(scratch.path().join("jwt.pem"))
        .unwrap()
        .permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o077, 0);
}

#[test]
fn scripts_read_what_the_runner_wrote() {
    let scratch = Scratch::new("demo").unwrap();
    let path = scratch.path().join("demo.json");

    demo().write(&path).unwrap();

    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(json["url"], "https://localhost:7003");
    for field in ["name", "email", "id", "role", "token"] {
        assert!(json["people"][0][field].is_string(), "{field}");
    }
    assert!(json["platformToken"].is_string() && json["gateways"].is_array());
    assert!(json["broker"]["address"].is_string() && json["broker"]["password"].is_string());
    assert_eq!(Demo::read(&path).unwrap().people.len(), 15);
}

fn demo() -> Demo {
    let scratch = Scratch::new("keys").unwrap();
    let keys = Keys::load(scratch.path()).unwrap();
    Demo::new(
        keys.issuer(),
        "https://localhost:7003".to_owned(),
        dev::demo::Addresses::default(),
    )
    .unwrap()
}

#[test]
fn a_host_page_hands_out_fresh_tokens_of_the_demo_people() {
    let scratch = Scratch::new("host").unwrap();
    let people = demo().people;

    Host::write(scratch.path(), &people).unwrap();

    let script = std::fs::read_to_string(scratch.path().join("host.js")).unwrap();
    assert!(script.contains("window.spotterHost"), "{script}");
    let written = std::fs::read(scratch.path().join("host/people.json")).unwrap();
    let written: Vec<Person> = serde_json::from_slice(&written).unwrap();
    let tokens = |people: &[Person]| {
        people
            .iter()
            .map(|person| person.token.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(tokens(&written), tokens(&people));
}
