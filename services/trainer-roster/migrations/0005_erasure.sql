-- A person who was erased leaves the id and the time: it is never used again. The names are empty.
alter table roster.person add column erased_at timestamptz;

-- A fourth kind of change. The previous release goes on writing the others.
alter table roster.change
    add column erased_at timestamptz,
    drop constraint change_is_of_one_kind,
    add constraint change_is_of_one_kind check (
        num_nonnulls(trainer_id, client_id, active) = 3
            and num_nonnulls(user_id, revoked_at, blocked_by, blocked, erased_at) = 0
        or num_nonnulls(user_id, revoked_at) = 2
            and num_nonnulls(trainer_id, client_id, active, blocked_by, blocked, erased_at) = 0
        or num_nonnulls(trainer_id, client_id, blocked_by, blocked) = 4
            and num_nonnulls(active, user_id, revoked_at, erased_at) = 0
        or num_nonnulls(user_id, erased_at) = 2
            and num_nonnulls(trainer_id, client_id, active, revoked_at, blocked_by, blocked) = 0
    );

create index change_erasure on roster.change (number) where erased_at is not null;
