//! What no log and no trace may carry: tokens, what people wrote, signed links.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tokio::{runtime, time::timeout};

/// A token is longer than this, and so is what is looked for of a text: short ones mean something else as well.
const TOKEN: usize = 20;
const TEXT: usize = 12;
/// A database that a story has taken down has told before what it could.
const ASKED: Duration = Duration::from_secs(3);

/// What was written in the stories of this process that have ended.
static WRITTEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Each secret in a text, shortly.
pub fn secrets_in(text: &str, written: &BTreeSet<String>) -> Vec<String> {
    let tokens = text.match_indices("eyJ").filter_map(|(start, _)| {
        let rest = text.get(start..)?;
        let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "-_.".contains(letter)));
        let token = rest.get(..end.unwrap_or(rest.len()))?;
        (token.len() > TOKEN).then(|| format!("a token: {}", around(text, start)))
    });
    let links = text
        .match_indices("sig=")
        .map(|(start, _)| format!("a signed link: {}", around(text, start)));
    let texts = written.iter().filter_map(|said| {
        let start = text.find(said.as_str())?;
        Some(format!("what somebody wrote: {}", around(text, start)))
    });
    tokens.chain(links).chain(texts).collect()
}

/// The secrets in the logs of a folder, each with its file.
pub(crate) fn in_logs(folder: &Path, written: &BTreeSet<String>) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let logs = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    logs.flat_map(|log| {
        let bytes = fs::read(&log).unwrap_or_default();
        let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let found = secrets_in(&String::from_utf8_lossy(&bytes), written);
        found.into_iter().map(move |secret| format!("{name}: {secret}"))
    })
    .collect()
}

/// How the longest messages of a story begin, as its database has them.
pub(crate) fn written_in(database: &str) -> BTreeSet<String> {
    let url = database.to_owned();
    // A story ends in the middle of a runtime, which must not be waited in: this one has a thread of its own.
    let asked = std::thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let texts = runtime.block_on(async { timeout(ASKED, texts(&url)).await });
        texts.ok()?.ok()
    });
    let texts = asked.join().ok().flatten().unwrap_or_default();
    let written: BTreeSet<_> = texts.into_iter().filter(|text| is_telling(text)).collect();
    let mut all = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.extend(written.iter().cloned());
    written
}

/// What the stories before this moment wrote.
pub(crate) fn written() -> BTreeSet<String> {
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

async fn texts(database: &str) -> Result<Vec<String>, sqlx::Error> {
    let mut conn = PgConnection::connect(database).await?;
    let longest = "select left(text, 40) from chat.message
                   where text is not null order by length(text) desc limit 50";
    sqlx::query_scalar(longest).fetch_all(&mut conn).await
}

/// Whether nothing but a message says this: words, in a row.
fn is_telling(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    text.chars().count() >= TEXT && letters >= TEXT / 2 && text.contains(' ')
}

fn around(text: &str, start: usize) -> String {
    let before = text.get(..start).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(line..).unwrap_or_default();
    line.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_a_text_and_a_signed_link_are_found_in_a_log() {
        let written = ["ready for Monday?".to_owned()].into();

        let found = secrets_in(
            "fine\nGET /x?token=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIx\nsent ready for Monday? to 1\n/f?exp=1&sig=abc\n",
            &written,
        );

        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("a token: GET /x"), "{found:?}");
        assert!(found[1].starts_with("a signed link: /f"), "{found:?}");
        assert!(found[2].starts_with("what somebody wrote: sent"), "{found:?}");
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        let log = "keyJar eyJ eyJab design:1 \u{1F4AA} ready for Tuesday";

        let found = secrets_in(log, &["ready for Monday?".to_owned()].into());

        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn words_are_looked_for_and_numbers_are_not() {
        assert!(is_telling("ready for Monday?"));
        assert!(!is_telling("12 345 678 901 2"));
        assert!(!is_telling("hello"));
        assert!(!is_telling("0192a3b4-5c6d-7e8f"));
    }
}
