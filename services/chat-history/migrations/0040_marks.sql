-- When a mark was last raised, by the database's clock: whoever polls is told of the latest ones.
alter table chat.mark add column changed_at timestamptz not null default now();

-- A mark is raised many times and no index holds what changes, so it is changed in place where there is room.
alter table chat.mark set (fillfactor = 70);
