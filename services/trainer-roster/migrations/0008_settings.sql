-- What people hide from others. No row: nothing.
create table roster.setting (
    user_id uuid primary key,
    presence boolean not null,
    receipts boolean not null
);

-- A fifth kind of change. The previous release goes on writing the others, and follows a list without it.
alter table roster.change
    add column presence boolean,
    add column receipts boolean,
    drop constraint change_is_of_one_kind,
    add constraint change_is_of_one_kind check (
        num_nonnulls(trainer_id, client_id, active) = 3
            and num_nonnulls(user_id, revoked_at, blocked_by, blocked, erased_at, presence, receipts) = 0
        or num_nonnulls(user_id, revoked_at) = 2
            and num_nonnulls(trainer_id, client_id, active, blocked_by, blocked, erased_at, presence, receipts) = 0
        or num_nonnulls(trainer_id, client_id, blocked_by, blocked) = 4
            and num_nonnulls(active, user_id, revoked_at, erased_at, presence, receipts) = 0
        or num_nonnulls(user_id, erased_at) = 2
            and num_nonnulls(trainer_id, client_id, active, revoked_at, blocked_by, blocked, presence, receipts) = 0
        or num_nonnulls(user_id, presence, receipts) = 3
            and num_nonnulls(trainer_id, client_id, active, revoked_at, blocked_by, blocked, erased_at) = 0
    );

create index change_setting on roster.change (number) where presence is not null;
-- A follower needs only somebody's latest settings, so the list holds no others.
create unique index change_setting_of on roster.change (user_id) where presence is not null;
