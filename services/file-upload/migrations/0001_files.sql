-- Files and what they are bound to. Bytes are in the bucket under the file's id.

create table files.file (
    id uuid primary key,
    uploader uuid not null,
    -- 'processing' until every byte is in the bucket; only 'ready' files are ever shown.
    state text not null check (state in ('processing', 'ready', 'rejected')),
    -- Why it was rejected: a code of the wire.
    code text,
    -- As it came, made safe to show; never a path.
    name text check (char_length(name) <= 200),
    content_type text,
    size bigint,
    width integer,
    height integer,
    placeholder text,
    created_at timestamptz not null,
    check (state <> 'ready' or (content_type is not null and size is not null)),
    check ((state = 'rejected') = (code is not null))
);

-- Finds what was left behind, oldest first.
create index file_unfinished on files.file (created_at) where state <> 'ready';

create table files.attachment (
    file_id uuid not null references files.file (id) on delete cascade,
    trainer_id uuid not null,
    client_id uuid not null,
    message_id uuid not null,
    attached_at timestamptz not null,
    primary key (file_id, trainer_id, client_id, message_id)
);
