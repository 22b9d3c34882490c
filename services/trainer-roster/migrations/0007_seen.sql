-- When people were last connected, coarsely, as gateways report it in batches. No index holds what
-- changes, so a row is changed in place where there is room.
create table roster.seen (
    user_id uuid primary key,
    seen_at timestamptz not null
) with (fillfactor = 70);
