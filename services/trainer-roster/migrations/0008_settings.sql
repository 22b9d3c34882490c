-- What people hide from others. No row: nothing.
create table roster.setting (
    user_id uuid primary key,
    presence boolean not null,
    receipts boolean not null
);

-- A list of its own beside `roster.change`, numbered from the same counter: the previous release reads every kind
-- of change it finds there, and would stop at one that it does not know. A follower needs only somebody's latest.
create table roster.setting_change (
    number bigint primary key,
    user_id uuid not null unique,
    presence boolean not null,
    receipts boolean not null
);
