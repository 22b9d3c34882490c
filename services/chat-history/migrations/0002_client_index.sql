-- no-transaction
-- Every message changes its conversation's head and activity. While an index holds the activity,
-- each such change writes an entry into every index of the row, and leaves a dead one behind. Without
-- it the row is changed in place. A person's list is sorted after it was read: whoever connects reads
-- all of it anyway. This index and the next two steps take the place of two that held the activity,
-- each by itself and without stopping those who write.
create index concurrently if not exists conversation_client on chat.conversation (client_id);
