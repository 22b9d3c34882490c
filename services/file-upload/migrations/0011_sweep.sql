-- What lets files go: messages that were deleted, time, and what was left behind.

-- Files whose row is gone, or was rejected, and whose objects must still leave the bucket.
create table files.garbage (
    file_id uuid primary key,
    since timestamptz not null
);

-- True once chat-history has said which messages carry the file, until one of them is deleted.
alter table files.file add column settled boolean not null default false;

create index file_unsettled on files.file (created_at) where not settled;

-- Finds what a deleted message carried.
create index attachment_of_message on files.attachment (message_id);

-- How far a list of another service has been applied.
create table files.follow (
    name text primary key,
    number bigint not null
);

insert into files.follow (name, number) values ('history.releases', 0);

-- Work that all replicas together do once in a while: when it was last begun.
create table files.chore (
    name text primary key,
    begun_at timestamptz not null
);

insert into files.chore (name, begun_at) values ('orphans', now());
