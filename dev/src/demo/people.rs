//! Who is there: three trainers and twelve clients.

use protocol::UserId;
use protocol::error::Role;
use uuid::{Builder, Uuid};

use super::Person;
use crate::Error;
use crate::keys::Issuer;

const TRAINERS: [&str; 3] = ["Tom Brandt", "Maya Lindqvist", "Priya Nair"];
const CLIENTS: [&str; 12] = [
    "Anna Keller",
    "Ben Okafor",
    "Carla Rossi",
    "Deniz Yıldız",
    "Elif Aydın",
    "Felix Wagner",
    "Greta Holm",
    "Hugo Martin",
    "Inês Carvalho",
    "Jonas Weber",
    "Kira Novák",
    "Liam O'Brien",
];

pub fn all(issuer: &Issuer) -> Result<Vec<Person>, Error> {
    let trainers = TRAINERS.iter().map(|name| (*name, Role::Trainer));
    let clients = CLIENTS.iter().map(|name| (*name, Role::User));
    trainers
        .chain(clients)
        .map(|(name, role)| person(issuer, name, role))
        .collect()
}

fn person(issuer: &Issuer, name: &str, role: Role) -> Result<Person, Error> {
    let id = UserId(named_id(name));
    let address = first_name(name);
    let token = issuer.token(id, role)?;
    Ok(Person {
        name: name.to_owned(),
        email: format!("{address}@example.com"),
        id,
        role,
        token,
    })
}

/// How the demo's past calls a person: the first name in plain lower-case letters.
pub fn first_name(name: &str) -> String {
    let first = name.split(' ').next().unwrap_or(name).to_lowercase();
    first.replace('ê', "e")
}

/// An id that depends on the name alone, so that it survives everything but another name.
pub fn named_id(name: &str) -> Uuid {
    let half = |salt: u64| {
        name.bytes().fold(0xcbf2_9ce4_8422_2325 ^ salt, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let bytes = (u128::from(half(1)) << 64 | u128::from(half(2))).to_be_bytes();
    Builder::from_random_bytes(bytes).into_uuid()
}
