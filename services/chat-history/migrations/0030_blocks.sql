-- Who blocks whom: like the relation, a projection of the roster's list, kept in the row that an append locks.
alter table chat.conversation
    add column trainer_blocks boolean not null default false,
    add column client_blocks boolean not null default false;
