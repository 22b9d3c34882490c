-- What the service may do with the tables of its schema: applied by `--migrate`, as their owner, after the migrations.
-- A table that a migration makes is listed here in the same commit; nobody but its owner may use it otherwise.
-- What the release before needs stays listed until it is gone. A lock on a row (`for share` too) is an update.
revoke all on all tables in schema chat from "chat-history";

grant select on chat._sqlx_migrations, chat.meta to "chat-history";

-- Messages, conversations and numbers are never taken back: what is deleted leaves an empty row.
grant select, insert, update on chat.conversation, chat.message, chat.digest, chat.stretch, chat.erasure to "chat-history";
grant select, insert on chat.contact, chat.release to "chat-history";
grant select, update on chat.contact_counter, chat.release_counter, chat.follow to "chat-history";

grant select, insert, update, delete on chat.mark to "chat-history";
grant select, insert, delete on chat.hides_receipts to "chat-history";
