//! What services of a kit are told, and the lines by which they reach the broker.

use std::path::Path;

use sandbox::{Nats, NatsUsers, S3};

use super::Options;
use crate::{AUDIENCE, ISSUER, ORIGIN, people, proxy::Proxy};

pub(super) const DATABASE_URL: &str = "SPOTTER_DATABASE_URL";

/// The environment of services that reach the broker through a proxy, if the story wants one.
pub(super) async fn line(
    wanted: bool,
    nats: &Nats,
    environment: &[(String, String)],
) -> (Option<Proxy>, Vec<(String, String)>) {
    let mut environment = environment.to_vec();
    if !wanted {
        return (None, environment);
    }
    let line = Proxy::start(([127, 0, 0, 1], nats.port()).into()).await;
    // The last of two values for one variable counts.
    environment.push((
        "SPOTTER_NATS_URL".to_owned(),
        format!("nats://127.0.0.1:{}", line.port()),
    ));
    (Some(line), environment)
}

/// Services have their own names at the broker; a story has none, and may do everything.
pub(super) fn broker_users() -> NatsUsers {
    NatsUsers::new("of-a-story").open_to_operators()
}

/// A proxy before the database, if the story wants one, and the database's address behind it.
pub(super) async fn database_line(wanted: bool, database: &str) -> Option<(Proxy, String)> {
    if !wanted {
        return None;
    }
    let url = reqwest::Url::parse(database).expect("the database has a URL");
    let port = url.port().expect("a private database has a port of its own");
    let line = Proxy::start(([127, 0, 0, 1], port).into()).await;
    let behind = at_port(database, line.port());
    Some((line, behind))
}

/// A database's address with another port.
pub(super) fn at_port(database: &str, port: u16) -> String {
    let mut url = reqwest::Url::parse(database).expect("the database has a URL");
    url.set_port(Some(port)).expect("a host has a port");
    url.into()
}

/// What one replica is told: its service's name at the broker, and what its siblings and the others are not.
pub(super) fn of_replica(
    options: &Options,
    replica: (&str, usize),
    environment: &[(String, String)],
    behind_proxy: Option<&str>,
) -> Vec<(String, String)> {
    let mut told = of_service(replica.0, environment);
    let mut tell = |name: &str, value: &str| told.push((name.to_owned(), value.to_owned()));
    if options.directory_stream && replica.0 == "trainer-roster" {
        tell("SPOTTER_DIRECTORY_STREAM", "DIRECTORY");
    }
    // The last of two values for one variable counts.
    if let Some(url) = behind_proxy
        && options.proxied_database == Some(replica.0)
    {
        tell(DATABASE_URL, &as_role(url, replica.0));
    }
    for (service, index, name, value) in &options.replicas {
        if (*service, *index) == replica {
            tell(name, value);
        }
    }
    told
}

/// What a service is told: its own name at the broker and in the database, and what all are.
pub(super) fn of_service(name: &str, environment: &[(String, String)]) -> Vec<(String, String)> {
    let at_broker = owned(vec![
        ("SPOTTER_NATS_USER", name.to_owned()),
        ("SPOTTER_NATS_PASSWORD", broker_users().password(name)),
    ]);
    in_database([environment.to_vec(), at_broker].concat(), name)
}

/// What a service's tool is told that changes more than rows: it signs in as the owner of the service's schema.
pub(super) fn of_owner(service: &str, environment: &[(String, String)]) -> Vec<(String, String)> {
    in_database(of_service(service, environment), owner_of(service))
}

fn owner_of(service: &str) -> &'static str {
    sandbox::schema_of(service).expect("a service with a schema")
}

/// The same with the database's address for `role`.
fn in_database(mut told: Vec<(String, String)>, role: &str) -> Vec<(String, String)> {
    for (name, value) in &mut told {
        if name == DATABASE_URL {
            *value = as_role(value, role);
        }
    }
    told
}

/// A database's address for one of its roles.
pub(super) fn as_role(database: &str, role: &str) -> String {
    let mut url = reqwest::Url::parse(database).expect("the database has a URL");
    url.set_username(role).expect("a host has users");
    url.into()
}

/// What every service of a kit is told.
pub(super) fn environment(
    options: &Options,
    dir: &Path,
    nats: &str,
    database: &str,
    s3: Option<&S3>,
) -> Vec<(String, String)> {
    let mut variables = common(dir);
    variables.push(("SPOTTER_NATS_URL", nats.to_owned()));
    variables.push((DATABASE_URL, database.to_owned()));
    if let Some(s3) = s3 {
        variables.push(("SPOTTER_S3_ENDPOINT", s3.endpoint()));
        variables.push(("SPOTTER_S3_BUCKET", S3::BUCKET.to_owned()));
        variables.push(("SPOTTER_S3_REGION", S3::REGION.to_owned()));
        variables.push(("SPOTTER_S3_ACCESS_KEY", S3::ACCESS_KEY.to_owned()));
        variables.push(("SPOTTER_S3_SECRET_KEY", S3::SECRET_KEY.to_owned()));
        // A machine that runs many stories at once is waited for.
        variables.push(("SPOTTER_UPLOAD_ANSWER_SECONDS", "25".to_owned()));
    }
    variables.extend(options.env.iter().cloned());
    owned(variables)
}

/// What `--migrate` is told.
pub(crate) fn migrations(dir: &Path, database: &str, service: &str) -> Vec<(String, String)> {
    let mut variables = common(dir);
    variables.push((DATABASE_URL, as_role(database, owner_of(service))));
    owned(variables)
}

fn owned(variables: Vec<(&'static str, String)>) -> Vec<(String, String)> {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// What services need for themselves, whatever they connect to.
fn common(dir: &Path) -> Vec<(&'static str, String)> {
    let key = dir.join("jwt.pem");
    std::fs::write(&key, people::public_key_pem()).expect("the public key can be written");
    vec![
        ("SPOTTER_JWT_PUBLIC_KEY_FILE", key.display().to_string()),
        ("SPOTTER_JWT_ISSUER", ISSUER.to_owned()),
        ("SPOTTER_JWT_AUDIENCE", AUDIENCE.to_owned()),
        ("SPOTTER_ALLOWED_ORIGINS", ORIGIN.to_owned()),
        // base64 of 32 times "k": only for tests.
        (
            "SPOTTER_FILE_LINK_KEYS",
            "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=".to_owned(),
        ),
        ("SPOTTER_PUBLIC_URL", "https://spotter.test".to_owned()),
    ]
}
