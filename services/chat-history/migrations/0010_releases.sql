-- Deleted messages that carried files, numbered for `history.releases`.
create table chat.release (
    number bigint primary key,
    trainer_id uuid not null,
    client_id uuid not null,
    message_id uuid not null
);

create table chat.release_counter (
    only_row boolean primary key default true check (only_row),
    number bigint not null
);

insert into chat.release_counter (number) values (0);
