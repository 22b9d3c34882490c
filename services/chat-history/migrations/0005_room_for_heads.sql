-- Room on each page for the next versions of its rows: a head is changed in place while there is some.
alter table chat.conversation set (fillfactor = 70);
