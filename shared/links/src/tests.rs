use protocol::{FileId, file::Variant};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use crate::{Config, Links, Refused, Signed};

const NOW: OffsetDateTime = datetime!(2026-01-05 10:20 UTC);
const FILE: FileId = FileId(Uuid::from_u128(7));
const OLD_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const NEW_KEY: &str = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=";

#[test]
fn a_link_opens_its_file_until_the_end_of_the_next_full_hour() {
    let links = links(OLD_KEY);
    let signed = parts(&links.sign(FILE, Variant::Full, NOW));
    let open = |now| links.verify(FILE, Variant::Full, &signed, now);

    assert_eq!(signed.exp, datetime!(2026-01-05 12:00 UTC).unix_timestamp());
    assert_eq!(open(NOW), Ok(()));
    assert_eq!(open(datetime!(2026-01-05 11:59:59 UTC)), Ok(()));
    assert_eq!(open(datetime!(2026-01-05 12:00 UTC)), Err(Refused::Expired));
}

#[test]
fn links_made_within_one_hour_are_equal() {
    let links = links(OLD_KEY);

    let early = links.sign(FILE, Variant::Thumb, datetime!(2026-01-05 10:00 UTC));
    let late = links.sign(FILE, Variant::Thumb, datetime!(2026-01-05 10:59:59 UTC));
    let next = links.sign(FILE, Variant::Thumb, datetime!(2026-01-05 11:00 UTC));

    assert_eq!(early, late);
    assert_ne!(early, next);
}

#[test]
fn a_link_changed_in_any_part_opens_nothing() {
    let links = links(OLD_KEY);
    let signed = parts(&links.sign(FILE, Variant::Thumb, NOW));
    let with_sig = |sig: &str| Signed {
        sig: sig.to_owned(),
        ..signed.clone()
    };

    assert_eq!(links.verify(FILE, Variant::Thumb, &signed, NOW), Ok(()));
    let other = FileId(Uuid::from_u128(8));
    assert_eq!(
        links.verify(other, Variant::Thumb, &signed, NOW),
        Err(Refused::Bad)
    );
    assert_eq!(links.verify(FILE, Variant::Full, &signed, NOW), Err(Refused::Bad));
    let cut = &signed.sig[..signed.sig.len() - 1];
    for changed in [
        Signed {
            exp: signed.exp + 3_600,
            ..signed.clone()
        },
        with_sig(cut),
        with_sig(&signed.sig.to_lowercase()),
        with_sig(""),
        with_sig("ü="),
    ] {
        assert_eq!(
            links.verify(FILE, Variant::Thumb, &changed, NOW),
            Err(Refused::Bad)
        );
    }
}

#[test]
fn a_made_up_expiry_is_a_bad_link_and_not_an_expired_one() {
    let links = links(OLD_KEY);
    let signed = parts(&links.sign(FILE, Variant::Thumb, NOW));
    let made_up = Signed {
        exp: signed.exp - 1,
        ..signed.clone()
    };
    let later = NOW + Duration::days(1);

    assert_eq!(
        links.verify(FILE, Variant::Thumb, &made_up, later),
        Err(Refused::Bad)
    );
    assert_eq!(
        links.verify(FILE, Variant::Thumb, &signed, later),
        Err(Refused::Expired)
    );
}

#[test]
fn links_survive_a_change_of_keys_and_the_old_key_no_longer_signs() {
    let before = links(OLD_KEY);
    let during = links(&format!("{NEW_KEY}, {OLD_KEY}\n"));
    let after = links(NEW_KEY);
    let old = parts(&before.sign(FILE, Variant::Full, NOW));
    let new = parts(&during.sign(FILE, Variant::Full, NOW));

    assert_eq!(during.verify(FILE, Variant::Full, &old, NOW), Ok(()));
    assert_eq!(after.verify(FILE, Variant::Full, &new, NOW), Ok(()));
    assert_eq!(after.verify(FILE, Variant::Full, &old, NOW), Err(Refused::Bad));
}

#[test]
fn configuration_that_cannot_work_names_its_variable_and_not_the_secret() {
    let short = "c2hvcnQta2V5";
    for raw in [
        "",
        "not base64!",
        short,
        &format!("{OLD_KEY},{short}"),
        &format!("{OLD_KEY},{NEW_KEY},{OLD_KEY}"),
    ] {
        let told = Links::new(&config(raw)).expect_err(raw).to_string();
        assert!(told.starts_with("SPOTTER_FILE_LINK_KEYS: "), "{told}");
        assert!(!told.contains(OLD_KEY) && !told.contains(short), "{told}");
    }
    for public_url in [
        "localhost:7003",
        "https://",
        "https://a?b",
        "ftp://a",
        "https://a b",
    ] {
        let config = Config {
            public_url: public_url.to_owned(),
            ..config(OLD_KEY)
        };
        let told = Links::new(&config).expect_err(public_url).to_string();
        assert!(told.starts_with("SPOTTER_PUBLIC_URL: "), "{told}");
    }
}

#[test]
fn neither_the_configuration_nor_the_links_print_a_key() {
    let config = config(OLD_KEY);
    let links = Links::new(&config).unwrap();

    assert!(!format!("{config:?} {links:?}").contains(OLD_KEY));
}

fn links(keys: &str) -> Links {
    Links::new(&config(keys)).unwrap()
}

fn config(keys: &str) -> Config {
    Config {
        public_url: "https://spotter.test/".to_owned(),
        file_link_keys: Some(keys.into()),
        file_link_keys_file: None,
    }
}

/// What a link of the form that the wire promises carries.
fn parts(link: &str) -> Signed {
    let query = link
        .strip_prefix(&format!("https://spotter.test/api/files/{FILE}/"))
        .and_then(|rest| rest.split_once("?exp="))
        .map(|(_, query)| query)
        .expect(link);
    let (exp, sig) = query.split_once("&sig=").expect(link);
    Signed {
        exp: exp.parse().expect(link),
        sig: sig.to_owned(),
    }
}
