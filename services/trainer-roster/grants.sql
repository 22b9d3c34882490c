-- What the service may do with the tables of its schema: applied by `--migrate`, as their owner, after the migrations.
-- A table that a migration makes is listed here in the same commit; nobody but its owner may use it otherwise.
-- What the release before needs stays listed until it is gone. A lock on a row (`for share` too) is an update.
revoke all on all tables in schema roster from "trainer-roster";

grant select on roster._sqlx_migrations to "trainer-roster";

-- Who did what, and what was numbered: written once.
grant select, insert on roster.audit, roster.change to "trainer-roster";
grant select, update on roster.counter, roster.follow to "trainer-roster";
-- Whoever was erased stays as a mark, so that the id is never used again.
grant select, insert, update on roster.person, roster.setting_change to "trainer-roster";

grant select, insert, update, delete on roster.booking, roster.relation, roster.parked, roster.seen, roster.setting
    to "trainer-roster";
grant select, insert, delete on roster.block to "trainer-roster";
