-- The log: conversations, their messages, and what is counted from locked rows.
-- Numbers come from rows that a writer has locked, never from a sequence or a clock:
-- those become visible out of their order.

-- One row, made here and changed only by `--rotate-epoch`.
create table chat.meta (
    only_row boolean primary key default true check (only_row),
    -- Names this copy of the log; rotated after a restore from backup.
    epoch uuid not null,
    -- Keys the hashes by which a repeated send is compared with its original.
    hash_key bytea not null check (octet_length(hash_key) = 32)
);

insert into chat.meta (epoch, hash_key)
values (
    gen_random_uuid(),
    decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);

create table chat.conversation (
    id bigint generated always as identity primary key,
    trainer_id uuid not null,
    client_id uuid not null,
    -- Position of the latest change.
    head bigint not null default 0,
    -- An active booking joins the two: the projection of the roster's relations, kept in the row
    -- that an append locks, so that "may they talk" and "take the next number" are one decision.
    related boolean not null default false,
    -- The trainer has written, or a booking has ever joined them.
    answered boolean not null default false,
    client_wrote boolean not null default false,
    -- What the client wrote before `answered`.
    contact_messages integer not null default 0,
    -- When the client opened the conversation by writing first, as a stranger.
    opened_by_contact_at timestamptz,
    -- Counts the changes of who may send.
    access_version integer not null default 0,
    access_changed_at timestamptz not null,
    last_activity_at timestamptz not null,
    unique (trainer_id, client_id),
    check (trainer_id <> client_id)
);

create index conversation_of_trainer on chat.conversation (trainer_id, last_activity_at desc, id desc);
create index conversation_of_client on chat.conversation (client_id, last_activity_at desc, id desc);
create index conversation_opened_by_contact on chat.conversation (client_id, opened_by_contact_at)
where opened_by_contact_at is not null;

-- No foreign key to the conversation: every writer holds that row's lock, and a check per row
-- would cost a third of the log's speed.
create table chat.message (
    conversation_id bigint not null,
    -- The position that created the message: its place in the thread.
    seq bigint not null,
    -- Of the latest change.
    position bigint not null,
    -- Chosen by the sender's device: the idempotency key.
    id uuid not null,
    sender uuid not null,
    text text,
    attachments jsonb,
    reply_to bigint,
    reactions jsonb,
    -- Keyed hash of what was sent first; kept by edits, cleared by deletion.
    content_hash bytea,
    sent_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz,
    primary key (conversation_id, seq),
    unique (conversation_id, id)
);

create unique index message_position on chat.message (conversation_id, position);
-- Counts what one side has not read of the other's.
create index message_unread on chat.message (conversation_id, sender, seq) where deleted_at is null;

create table chat.mark (
    conversation_id bigint not null references chat.conversation (id),
    user_id uuid not null,
    delivered_seq bigint not null default 0,
    read_seq bigint not null default 0,
    primary key (conversation_id, user_id),
    check (read_seq <= delivered_seq)
);

-- Clients who wrote to a trainer for the first time, numbered for `history.contacts`.
create table chat.contact (
    number bigint primary key,
    trainer_id uuid not null,
    client_id uuid not null
);

create table chat.contact_counter (
    only_row boolean primary key default true check (only_row),
    number bigint not null
);

insert into chat.contact_counter (number) values (0);

-- How far a list of another service has been applied.
create table chat.follow (
    name text primary key,
    number bigint not null
);

insert into chat.follow (name, number) values ('roster.changes', 0);
