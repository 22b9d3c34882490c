-- Which messages of 32 positions may hold what: takes the place of `chat.digest`, which stays, with its
-- trigger, for the release before and goes with the next.
create table chat.stretch (
    conversation_id bigint not null,
    -- Stretch `chunk` holds the positions from 32 * chunk on.
    chunk bigint not null,
    -- And is known up to this position, exclusively.
    until bigint not null,
    -- Of the stretch's messages; of an empty one, the epoch.
    oldest timestamptz not null,
    newest timestamptz not null,
    -- Every bit is set, because a text has changed since: it says nothing until it is made anew.
    stale boolean not null default false,
    -- One for each of 256 hashes: bit n is the message at position 32 * chunk + n.
    slices int[] not null check (cardinality(slices) = 256),
    primary key (conversation_id, chunk)
);

create index stretch_stale on chat.stretch (conversation_id) where stale;

-- A text that is edited or deleted leaves no trace, in the same transaction and whoever does it.
create function chat.forget_stretch() returns trigger language plpgsql as $$
begin
    update chat.stretch
    set slices = array_fill(-1, array[256]), stale = true
    where conversation_id = new.conversation_id and chunk = new.seq / 32 and not stale;
    return null;
end
$$;

create trigger forget_stretch after update of text on chat.message
for each row when (old.text is distinct from new.text) execute function chat.forget_stretch();
