-- Who does not want to hear from whom. No row: no block.
create table roster.block (
    trainer_id uuid not null,
    client_id uuid not null,
    blocked_by text not null check (blocked_by in ('Trainer', 'User')),
    blocked_at timestamptz not null,
    primary key (trainer_id, client_id, blocked_by)
);

-- A third kind of change. The previous release goes on writing the other two.
alter table roster.change
    add column blocked_by text check (blocked_by in ('Trainer', 'User')),
    add column blocked boolean,
    drop constraint change_check,
    add constraint change_is_of_one_kind check (
        num_nonnulls(trainer_id, client_id, active) = 3
            and num_nonnulls(user_id, revoked_at, blocked_by, blocked) = 0
        or num_nonnulls(user_id, revoked_at) = 2
            and num_nonnulls(trainer_id, client_id, active, blocked_by, blocked) = 0
        or num_nonnulls(trainer_id, client_id, blocked_by, blocked) = 4
            and num_nonnulls(active, user_id, revoked_at) = 0
    );
