//! What services say to each other: somebody who can speak on the broker can say anything.

use protocol::{
    frame::Ack,
    internal::{
        AttachRequest, Carried, CarriedRequest, Change, ContactMade, Entries, EntriesRequest, Erased,
        ErasedRequest, ExportPage, FileRead, FilesExport, FilesPage, HeadsReply, HeadsRequest, HistoryExport,
        OpenRequest, Opened, PullRequest, Pulled, Relation, RelationRequest, Released, Reply, RosterChange,
        SyncRequest,
    },
    marks::MarkRequest,
    presence::{Here, LastSeenRequest, OnlineHere, Seen, SeenReport, WhoIsOnline},
};

use crate::{choice, server_frames::said_again};

type Try = fn(&[u8]);

const KINDS: [Try; 30] = [
    said_again::<Change>,
    said_again::<Reply<Ack>>,
    said_again::<OpenRequest>,
    said_again::<Reply<Opened>>,
    said_again::<HeadsRequest>,
    said_again::<Reply<HeadsReply>>,
    said_again::<SyncRequest>,
    said_again::<EntriesRequest>,
    said_again::<Reply<Entries>>,
    said_again::<PullRequest>,
    said_again::<Reply<Pulled<RosterChange>>>,
    said_again::<Reply<Pulled<ContactMade>>>,
    said_again::<Reply<Pulled<Released>>>,
    said_again::<ErasedRequest>,
    said_again::<Reply<Erased>>,
    said_again::<RelationRequest>,
    said_again::<Reply<Relation>>,
    said_again::<AttachRequest>,
    said_again::<CarriedRequest>,
    said_again::<Reply<Vec<Carried>>>,
    said_again::<HistoryExport>,
    said_again::<Reply<ExportPage>>,
    said_again::<FilesExport>,
    said_again::<Reply<FilesPage>>,
    said_again::<FileRead>,
    said_again::<MarkRequest>,
    said_again::<Here>,
    said_again::<WhoIsOnline>,
    said_again::<OnlineHere>,
    said_again::<SeenReport>,
];

pub fn run(bytes: &[u8]) {
    let (chosen, text) = choice(bytes);
    match KINDS.get(usize::from(chosen) % (KINDS.len() + 2)) {
        Some(kind) => kind(text),
        None if chosen.is_multiple_of(2) => said_again::<LastSeenRequest>(text),
        None => said_again::<Reply<Vec<Seen>>>(text),
    }
}
