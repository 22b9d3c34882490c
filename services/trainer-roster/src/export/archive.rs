//! What is in the archive, in which order: each part is written as its pages come.

mod zip;

use std::io;

use axum::body::Bytes;
use protocol::internal::{FilesPage, HistoryPart, OwnFile};
use tokio::sync::mpsc;

use super::{own, source::Source};
use zip::{Archive, Entry, List};

pub async fn write(source: &Source, pieces: &mpsc::Sender<io::Result<Bytes>>) -> Result<(), boot::Error> {
    let mut archive = Archive::to(pieces);
    profile(&mut archive, source).await?;
    bookings(&mut archive, source).await?;
    contacts(&mut archive, source).await?;
    activity(&mut archive, source).await?;
    for (name, part) in [
        ("conversations.json", HistoryPart::Conversations),
        ("messages.json", HistoryPart::Messages),
    ] {
        history(&mut archive, source, name, part).await?;
    }
    files(&mut archive, source).await?;
    archive.finish().await
}

async fn profile(archive: &mut Archive, source: &Source) -> Result<(), boot::Error> {
    let profile = own::profile(&source.pool, source.me.user).await?;
    let mut entry = Entry::open(archive, "profile.json").await?;
    entry.put(profile.as_deref().unwrap_or("null").as_bytes()).await?;
    entry.close().await
}

async fn bookings(archive: &mut Archive, source: &Source) -> Result<(), boot::Error> {
    let mut list = List::open(archive, "bookings.json").await?;
    let mut after = None;
    loop {
        let lines = own::bookings(&source.pool, source.me.user, after).await?;
        let Some(last) = lines.last() else {
            return list.close().await;
        };
        after = Some(last.id);
        list.extend(lines.iter().map(|line| line.json.as_str())).await?;
    }
}

async fn contacts(archive: &mut Archive, source: &Source) -> Result<(), boot::Error> {
    let mut list = List::open(archive, "contacts.json").await?;
    let mut after = None;
    loop {
        let me = (source.me.user, source.me.role);
        let lines = own::contacts(&source.pool, me, after).await?;
        let Some(last) = lines.last() else {
            return list.close().await;
        };
        after = Some(last.id);
        list.extend(lines.iter().map(|line| line.json.as_str())).await?;
    }
}

async fn activity(archive: &mut Archive, source: &Source) -> Result<(), boot::Error> {
    let mut list = List::open(archive, "activity.json").await?;
    let mut after = 0;
    loop {
        let lines = own::activity(&source.pool, source.me.user, after).await?;
        let Some((last, _)) = lines.last() else {
            return list.close().await;
        };
        after = *last;
        list.extend(lines.iter().map(|(_, json)| json.as_str())).await?;
    }
}

async fn history(
    archive: &mut Archive,
    source: &Source,
    name: &str,
    part: HistoryPart,
) -> Result<(), boot::Error> {
    let mut list = List::open(archive, name).await?;
    let mut after = None;
    loop {
        let page = source.history(part, after).await?;
        list.extend(page.items.iter().map(|item| item.get())).await?;
        after = page.next;
        if after.is_none() {
            return list.close().await;
        }
    }
}

/// The list first, then the bytes of each: an archive holds one part after the other.
async fn files(archive: &mut Archive, source: &Source) -> Result<(), boot::Error> {
    let mut list = List::open(archive, "files.json").await?;
    let mut after = None;
    loop {
        let page: FilesPage = source.files(after).await?;
        let lines: Result<Vec<String>, _> = page.files.iter().map(serde_json::to_string).collect();
        list.extend(lines?.iter().map(String::as_str)).await?;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    list.close().await?;
    loop {
        let page = source.files(after).await?;
        for file in &page.files {
            bytes(archive, source, file).await?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn bytes(archive: &mut Archive, source: &Source, file: &OwnFile) -> Result<(), boot::Error> {
    let mut entry = Entry::open(archive, &name(file)).await?;
    let mut offset = Some(0);
    while let Some(from) = offset {
        let (piece, next) = source.piece(file.id, from).await?;
        entry.put(&piece).await?;
        offset = next;
    }
    entry.close().await
}

/// The id makes it unique; what the person called it is display text and may be anything.
fn name(file: &OwnFile) -> String {
    let shown = file.name.as_deref().unwrap_or_default();
    let shown: String = shown
        .chars()
        .filter(|c| !c.is_control() && !"/\\:*?\"<>|".contains(*c))
        .collect();
    format!("files/{}-{shown}", file.id)
}
