-- Who did what to whom, and when. Ids only: neither names nor text.
create table roster.audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    -- The subject of the caller's token; null where no token was asked for.
    actor uuid,
    via text not null check (via in ('http', 'import', 'intake', 'command')),
    action text not null,
    -- The person it was done to; of a booking or a block, the client or the one blocked.
    person_id uuid not null,
    -- Of a booking, its trainer.
    other_id uuid,
    booking_id uuid
);

create index audit_person on roster.audit (person_id, id);
create index audit_other on roster.audit (other_id, id) where other_id is not null;

-- Binds the owner of the table too, which privileges alone would not.
create function roster.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '%.% is append-only', tg_table_schema, tg_table_name using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only_rows before update or delete on roster.audit
for each row execute function roster.refuse_change();
create trigger append_only_table before truncate on roster.audit
for each statement execute function roster.refuse_change();
