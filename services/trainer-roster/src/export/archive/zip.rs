//! A zip that is written as a stream, to somebody who may read slowly or not at all.

use std::{io, time::Duration};

use async_zip::{Compression, ZipEntryBuilder, base::write::EntryStreamWriter, tokio::write::ZipFileWriter};
use axum::body::Bytes;
use futures_util::{SinkExt, future::ready};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt, BufWriter},
    sync::mpsc,
    time::timeout,
};
use tokio_util::{
    compat::{Compat, FuturesAsyncWriteCompatExt},
    io::{CopyToBytes, SinkWriter},
    sync::PollSender,
};

/// Sent at once.
const PIECE: usize = 64 * 1024;
/// A person who does not read for this long is gone.
const STALL: Duration = Duration::from_mins(1);

type Line = Box<dyn AsyncWrite + Send + Unpin>;

pub struct Archive(ZipFileWriter<Line>);

impl Archive {
    pub fn to(pieces: &mpsc::Sender<io::Result<Bytes>>) -> Self {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        let sink = PollSender::new(pieces.clone())
            .sink_map_err(gone)
            .with(|piece: Bytes| ready(Ok::<_, io::Error>(Ok(piece))));
        let line = BufWriter::with_capacity(PIECE, SinkWriter::new(CopyToBytes::new(sink)));
        Self(ZipFileWriter::with_tokio(Box::new(line)))
    }

    pub async fn finish(self) -> Result<(), boot::Error> {
        let mut line = timeout(STALL, self.0.close()).await??.into_inner();
        timeout(STALL, line.flush()).await??;
        Ok(())
    }
}

/// One part of the archive.
pub struct Entry<'a>(Compat<EntryStreamWriter<'a, Compat<Line>>>);

impl<'a> Entry<'a> {
    pub async fn open(archive: &'a mut Archive, name: &str) -> Result<Self, boot::Error> {
        // Photos are compressed already, and text is short beside them.
        let entry = ZipEntryBuilder::new(name.into(), Compression::Stored);
        let entry = timeout(STALL, archive.0.write_entry_stream(entry)).await??;
        Ok(Self(entry.compat_write()))
    }

    pub async fn put(&mut self, bytes: &[u8]) -> Result<(), boot::Error> {
        timeout(STALL, self.0.write_all(bytes)).await??;
        Ok(())
    }

    pub async fn close(self) -> Result<(), boot::Error> {
        timeout(STALL, self.0.into_inner().close()).await??;
        Ok(())
    }
}

/// A part that is a JSON array, written line by line.
pub struct List<'a> {
    entry: Entry<'a>,
    is_empty: bool,
}

impl<'a> List<'a> {
    pub async fn open(archive: &'a mut Archive, name: &str) -> Result<Self, boot::Error> {
        let mut entry = Entry::open(archive, name).await?;
        entry.put(b"[").await?;
        Ok(Self {
            entry,
            is_empty: true,
        })
    }

    pub async fn extend<'j>(
        &mut self,
        items: impl Iterator<Item = &'j str> + Send,
    ) -> Result<(), boot::Error> {
        for item in items {
            let before: &[u8] = if self.is_empty { b"\n" } else { b",\n" };
            self.is_empty = false;
            self.entry.put(before).await?;
            self.entry.put(item.as_bytes()).await?;
        }
        Ok(())
    }

    pub async fn close(mut self) -> Result<(), boot::Error> {
        self.entry.put(b"\n]\n").await?;
        self.entry.close().await
    }
}
