-- What the messages of a stretch of 32 positions may hold: a Bloom filter of the beginnings of their words.
-- Made apart from the appends, once a stretch is full; `search` reads only stretches whose filter has every
-- bit of what is looked for, and what has no filter yet.
create table chat.digest (
    conversation_id bigint not null,
    -- Stretch `chunk` holds the positions from 32 * chunk on.
    chunk bigint not null,
    -- Of the stretch's messages; of an empty one, the epoch.
    oldest timestamptz not null,
    newest timestamptz not null,
    signature bit(4096) not null,
    -- Every bit is set, because a text has changed since: it says nothing until it is made anew.
    stale boolean not null default false,
    primary key (conversation_id, chunk)
);

create index digest_stale on chat.digest (conversation_id) where stale;

-- A text that is edited or deleted leaves no trace in the filter, in the same transaction and whoever does
-- it, a release that knows no filters included. Appends do not come here.
create function chat.forget_digest() returns trigger language plpgsql as $$
begin
    update chat.digest
    set signature = ~ 0::bit(4096), stale = true
    where conversation_id = new.conversation_id and chunk = new.seq / 32 and not stale;
    return null;
end
$$;

create trigger forget_digest after update of text on chat.message
for each row when (old.text is distinct from new.text) execute function chat.forget_digest();
