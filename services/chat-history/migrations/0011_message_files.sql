-- no-transaction
-- Finds the messages that carry a file. Messages without one, which are most, are not in it.
create index concurrently if not exists message_files on chat.message using gin (attachments jsonb_path_ops)
where attachments is not null;
