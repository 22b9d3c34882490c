-- Who may use Spotter's database. Run by a superuser, in that database, before `--migrate`; again whenever one likes.
--
-- Two roles for each service that keeps anything:
--   chat, roster, files                       own the schema of their name, and run `--migrate` and `--rotate-epoch`;
--   chat-history, trainer-roster, file-upload are what the services sign in as. They change rows and no tables:
--                                             services/<service>/grants.sql says which, and `--migrate` applies it.
-- The gateway has none.
--
-- A role is given a password where the session has one for it (see README.md), and keeps its own otherwise.
do $roles$
declare
    pairs constant text[] := array[
        ['chat', 'chat-history'],
        ['roster', 'trainer-roster'],
        ['files', 'file-upload']
    ];
    pair text[];
    role text;
    password text;
begin
    perform set_config('client_min_messages', 'warning', true);

    -- Neither tables of the moment nor a look inside, for whoever else is on this server.
    execute format('revoke all on database %I from public', current_database());
    revoke create on schema public from public;

    foreach pair slice 1 in array pairs loop
        foreach role in array pair loop
            begin
                if not exists (select from pg_roles where rolname = role) then
                    execute format(
                        'create role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls', role);
                end if;
            exception
                -- Made meanwhile for another database of this server.
                when duplicate_object or unique_violation then null;
            end;
            password := nullif(current_setting('spotter.' || replace(role, '-', '_') || '_password', true), '');
            if password is not null then
                execute format('alter role %I password %L', role, password);
            end if;
            execute format('grant connect on database %I to %I', current_database(), role);
        end loop;

        execute format('create schema if not exists %I authorization %I', pair[1], pair[1]);
        execute format('revoke all on schema %I from public', pair[1]);
        execute format('grant usage on schema %I to %I', pair[1], pair[2]);
    end loop;

    -- Only here may it be made: trainer-roster's search finds it, and does without where a server has none.
    if exists (select from pg_available_extensions where name = 'pg_trgm') then
        create extension if not exists pg_trgm with schema public;
    end if;
end
$roles$;
