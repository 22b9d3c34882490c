-- What the service may do with the tables of its schema: applied by `--migrate`, as their owner, after the migrations.
-- A table that a migration makes is listed here in the same commit; nobody but its owner may use it otherwise.
-- What the release before needs stays listed until it is gone. A lock on a row (`for share` too) is an update.
revoke all on all tables in schema files from "file-upload";

grant select on files._sqlx_migrations to "file-upload";

grant select, insert, update, delete on files.file, files.day to "file-upload";
grant select, insert, delete on files.attachment, files.garbage to "file-upload";
grant select, update on files.follow, files.erasure_follow, files.chore to "file-upload";
-- Whose files went: the proof of an erasure asks for them.
grant select, insert, update on files.erasure to "file-upload";
grant select, insert on files.erased_file to "file-upload";
