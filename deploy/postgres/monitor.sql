-- Who counts what the database does, for the metrics: may read statistics, and no table of ours.
-- Its password comes from the session, as in roles.sql.
do $monitor$
declare
    password constant text := nullif(current_setting('spotter.monitor_password', true), '');
begin
    if not exists (select from pg_roles where rolname = 'monitor') then
        create role monitor login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 5;
    end if;
    grant pg_monitor to monitor;
    execute format('grant connect on database %I to monitor', current_database());
    if password is not null then
        execute format('alter role monitor password %L', password);
    end if;
end
$monitor$;
