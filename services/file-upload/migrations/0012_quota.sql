-- What each person has uploaded on each day, in UTC. Older days are swept.
create table files.day (
    person uuid not null,
    day date not null,
    files integer not null,
    bytes bigint not null,
    primary key (person, day)
);
