//! What an upload is said to be by its bytes and called by its name: magic bytes, the frame of a PDF, the samples of
//! a voice, names of files, ranges of a download.

use std::io::Write as _;

use axum::http::HeaderValue;
use file_upload::{
    inspect::{self, Kind, document},
    outside::{display, document as titled, measured, single_range},
};
use tempfile::NamedTempFile;

use crate::choice;

pub fn run(bytes: &[u8]) {
    let (chosen, rest) = choice(bytes);
    match chosen % 4 {
        0 => kind(rest),
        1 => name(rest),
        2 => voice(rest),
        _ => range(rest),
    }
}

fn kind(bytes: &[u8]) {
    let first = bytes.get(..inspect::MAGIC_BYTES).unwrap_or(bytes);
    match inspect::kind(first) {
        Ok(Kind::Document) => {
            let mut file = NamedTempFile::new().expect("a file");
            file.write_all(bytes).expect("it is written");
            document::has_end(file.path()).expect("it can be read");
        }
        Ok(Kind::Image(format)) => drop(inspect::is_whole(format, bytes)),
        Ok(Kind::Voice(_)) => {}
        Err(refusal) => assert!(!refusal.code.retryable()),
    }
}

fn name(bytes: &[u8]) {
    let raw = String::from_utf8_lossy(bytes);
    let Some(shown) = display(&raw) else { return };
    assert!(
        shown.chars().count() <= 200 && !shown.contains(['/', '\\', '\r', '\n', '\0', '\u{202e}']),
        "{shown:?}"
    );
    assert_eq!(
        display(&shown).as_ref(),
        Some(&shown),
        "a name that was made safe is"
    );
    let titled = titled(shown);
    assert!(
        titled.to_ascii_lowercase().ends_with(".pdf") && titled.chars().count() <= 200,
        "{titled:?}"
    );
}

fn voice(samples: &[u8]) {
    if let Ok(ready) = measured(samples) {
        assert_eq!(ready.waveform.map(|points| points.len()), Some(64));
    }
}

fn range(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    if let Some(range) = single_range(&value) {
        assert!(
            range.starts_with("bytes=") && range.is_ascii() && !range.contains(','),
            "{range}"
        );
    }
}
