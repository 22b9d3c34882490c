//! Signed links: only what was signed opens, whatever else is asked.

use std::sync::LazyLock;

use clap::Parser;
use links::{Config, Links, Signed};
use protocol::{FileId, file::Variant};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

const NOW: OffsetDateTime = datetime!(2026-01-05 10:20 UTC);

#[derive(Parser)]
struct Told {
    #[command(flatten)]
    links: Config,
}

static LINKS: LazyLock<Links> = LazyLock::new(|| {
    let told = [
        "fuzz",
        "--file-link-keys",
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    ];
    Links::new(&Told::parse_from(told).links).expect("a key is enough")
});

/// Any two bytes choose file, variant and time; the rest is a query.
pub fn run(bytes: &[u8]) {
    let Some((&[file, variant], query)) = bytes.split_first_chunk() else {
        return;
    };
    let (file, chosen) = (FileId(Uuid::from_u128(u128::from(file % 2))), variant);
    let variant = match chosen % 3 {
        0 => Variant::Full,
        1 => Variant::Screen,
        _ => Variant::Thumb,
    };
    let Ok(query) = std::str::from_utf8(query) else {
        return;
    };
    let Some(signed) = read(query) else { return };
    let opens = LINKS.verify(file, variant, &signed, NOW).is_ok();

    let ours = LINKS.sign(file, variant, NOW);
    let (_, ours) = ours.split_once('?').expect("a link has a query");
    assert_eq!(opens, read(ours) == Some(signed), "{query}");
    let later = NOW + time::Duration::hours(i64::from(chosen) / 3);
    let good = read(ours).expect("our own links can be read");
    let lives = later.unix_timestamp() < good.exp;
    assert_eq!(LINKS.verify(file, variant, &good, later).is_ok(), lives);
}

fn read(query: &str) -> Option<Signed> {
    let uri = format!("/api/files/x/full?{query}").parse().ok()?;
    axum::extract::Query::<Signed>::try_from_uri(&uri)
        .ok()
        .map(|query| query.0)
}
