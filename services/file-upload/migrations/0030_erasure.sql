-- People whose files have to go, as the roster numbered them; open until a look finds nothing left.
create table files.erasure (
    user_id uuid primary key,
    asked_at timestamptz not null,
    done_at timestamptz
);

create index erasure_open on files.erasure (asked_at) where done_at is null;

-- Which files were theirs: what the bucket is asked about when their rows are gone.
create table files.erased_file (
    user_id uuid not null,
    file_id uuid not null,
    primary key (user_id, file_id)
);

create index file_uploader on files.file (uploader);

-- How far the roster's list of erasures has been taken.
create table files.erasure_follow (
    only_row boolean primary key default true check (only_row),
    number bigint not null
);

insert into files.erasure_follow (number) values (0);
