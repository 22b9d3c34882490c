-- Voice messages: how long they are, and 64 levels to draw them by.
alter table files.file
    add column duration_ms integer check (duration_ms > 0),
    add column waveform bytea check (octet_length(waveform) = 64);
