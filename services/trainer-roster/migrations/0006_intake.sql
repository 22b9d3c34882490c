-- The way in over JetStream. A stream may deliver again what it delivered long ago: where the platform
-- gives no version, the time at which the broker took a message says which of two is the older.
alter table roster.person add column published_at timestamptz;
alter table roster.booking add column published_at timestamptz;

-- Messages that could not be kept: until somebody mends the reason and replays them, or discards them.
create table roster.parked (
    id bigint generated always as identity primary key,
    published_at timestamptz not null,
    sequence bigint not null,
    subject text not null,
    -- As it came; of one that is too long, the beginning.
    payload bytea not null,
    payload_bytes bigint not null,
    -- Whom it names, as far as it can be read: it goes when one of them is erased.
    people uuid[] not null,
    code text not null,
    field text,
    parked_at timestamptz not null,
    unique (published_at, sequence)
);
