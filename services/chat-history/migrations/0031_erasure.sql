-- People whose content has to go, as the roster numbered them; open until a pass finds nothing left.
create table chat.erasure (
    user_id uuid primary key,
    asked_at timestamptz not null,
    done_at timestamptz
);

create index erasure_open on chat.erasure (asked_at) where done_at is null;

alter table chat.conversation
    -- One of the two was erased: nobody writes here any more.
    add column gone boolean not null default false,
    -- Nothing of the trainer's, or of the client's, is left here.
    add column trainer_erased boolean not null default false,
    add column client_erased boolean not null default false;
