-- Every message changes its conversation's head and activity. While an index holds the activity,
-- each such change writes an entry into every index of the row, and leaves a dead one behind. Without
-- it the row is changed in place. A person's list is sorted after it was read: whoever connects reads
-- all of it anyway.
create index conversation_client on chat.conversation (client_id);
drop index chat.conversation_of_trainer;
drop index chat.conversation_of_client;

-- Room on each page for the next versions of its rows.
alter table chat.conversation set (fillfactor = 70);
