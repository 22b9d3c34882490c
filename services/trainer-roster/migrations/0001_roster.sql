-- Who works with whom. Every name is qualified; the schema itself is made before the first migration.

create table roster.person (
    id uuid primary key,
    name text not null,
    email text not null,
    -- Name and email without case and accents: what `search` looks in. Written with them, by fold.rs.
    folded text not null,
    role text not null check (role in ('Trainer', 'User')),
    -- The platform's; null until it gives one.
    version bigint
);

create table roster.booking (
    id uuid primary key,
    trainer_id uuid not null references roster.person (id),
    client_id uuid not null references roster.person (id),
    status text not null check (status in ('active', 'completed', 'cancelled')),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    version bigint
);

create index booking_pair on roster.booking (trainer_id, client_id);
create index booking_client on roster.booking (client_id);

-- One row for each pair that ever had to do with each other: what bookings and contacts add up to.
-- Its lock orders all changes of the pair.
create table roster.relation (
    trainer_id uuid not null,
    client_id uuid not null,
    -- An active booking joins the two. Each change of it is a numbered change.
    active boolean not null default false,
    -- A booking of the two was active once, or came completed. Never goes back.
    booked boolean not null default false,
    -- When the client's first message to the trainer was heard of.
    contacted_at timestamptz,
    -- The latest booking change or contact: lists are sorted by it.
    activity_at timestamptz not null,
    primary key (trainer_id, client_id)
);

create index relation_trainer on roster.relation (trainer_id, activity_at desc, client_id);
create index relation_client on roster.relation (client_id, activity_at desc, trainer_id);

-- The one counter that numbers changes. A writer holds its row until it commits, so that numbers
-- become visible in their order and without gaps.
create table roster.counter (
    only_row boolean primary key default true check (only_row),
    number bigint not null
);

insert into roster.counter (number) values (0);

create table roster.change (
    number bigint primary key,
    -- A relation…
    trainer_id uuid,
    client_id uuid,
    active boolean,
    -- …or a revocation.
    user_id uuid,
    revoked_at timestamptz,
    check (
        num_nonnulls(trainer_id, client_id, active) = 3 and num_nonnulls(user_id, revoked_at) = 0
        or num_nonnulls(trainer_id, client_id, active) = 0 and num_nonnulls(user_id, revoked_at) = 2
    )
);

create index change_revocation on roster.change (number) where user_id is not null;

-- How far this service has pulled the numbered lists of others.
create table roster.follow (
    name text primary key,
    after bigint not null
);

insert into roster.follow (name, after) values ('history.contacts', 0);
