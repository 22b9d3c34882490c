-- Who hides receipts: a projection of the roster's settings.
create table chat.hides_receipts (
    user_id uuid primary key
);

insert into chat.follow (name, number) values ('roster.settings', 0);
