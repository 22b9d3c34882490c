-- Followers ask for the young revocations only; the old ones are never read again.
create index change_revoked_at on roster.change (revoked_at) where user_id is not null;
