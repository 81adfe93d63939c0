-- Invitations, for a host that does not take everybody.
CREATE TABLE invites (
    hash BLOB NOT NULL PRIMARY KEY,  -- SHA-256 of the secret
    not_after INTEGER NOT NULL,
    uses INTEGER NOT NULL            -- how many spaces it may still open
) STRICT, WITHOUT ROWID;
